// What the graph check finds, and the sentences it says.
#include "engine/graph/graph.h"

#include "tests/support/counting_kinds.h"

using namespace cfo;
using namespace cfo::engine;
using namespace cfo::test;

namespace {

const Registry registry = test_registry();

std::string problems_of(const std::string& yaml, const GraphOptions& options = {}) {
  const TemporaryFolder folder;
  const auto file = folder.write("g.yaml", yaml);
  try {
    read_graph(file, registry, options);
  } catch (const GraphError& error) {
    std::string text = error.what();
    for (auto at = text.find(folder.path().string()); at != std::string::npos; at = text.find(folder.path().string()))
      text.replace(at, folder.path().string().size() + 1, "");
    return text;
  }
  return "";
}

const std::string good =
    "name: g\n"
    "foreach: {model: [one, two], split: [a, b]}\n"
    "nodes:\n"
    "  numbers: {kind: count, items: 5, split: $split}\n"
    "  more:    {kind: add, from: numbers, amount: 2}\n"
    "  out:     {kind: lines, from: more, folder: $model/$split}\n"
    "then:\n"
    "  total:   {kind: sum, from: out, folder: $model}\n";

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a right graph is read whole, with defaults and order") {
  const TemporaryFolder folder;
  const Graph graph = read_graph(folder.write("g.yaml", good), registry);
  CHECK(graph.settings.integer("seed") == 2025);
  REQUIRE(graph.nodes.size() == 4);
  CHECK(graph.nodes[0].name == "numbers");
  CHECK(graph.find("more")->variables == std::set<std::string>{"split"});
  CHECK(graph.find("out")->variables == std::set<std::string>{"model", "split"});
  CHECK(graph.resolved.find("milliseconds: 0") != std::string::npos);
}

TEST_CASE("the resolved graph is a graph that resolves to itself") {
  const TemporaryFolder folder;
  const Graph graph = read_graph(folder.write("g.yaml", good), registry);
  const Graph again = read_graph(folder.write("h.yaml", graph.resolved), registry);
  CHECK(again.resolved == graph.resolved);
  CHECK(again.digest == graph.digest);
}

TEST_CASE("every mistake is told with file, line, column, node and the nearest name") {
  CHECK(problems_of(with(good, "kind: add", "kind: ad")) ==
        "g.yaml:5:19: node 'more': unknown kind 'ad'; did you mean 'add'?");
  CHECK(problems_of(with(good, "amount", "amonut")) ==
        "g.yaml:5:39: node 'more': unknown parameter 'amonut' of add; did you mean 'amount'?");
  CHECK(problems_of(with(good, "amount: 2", "amount: two")) ==
        "g.yaml:5:47: node 'more': 'amount' is 'two', but must be a number");
  CHECK(problems_of(with(good, "amount: 2", "amount: 200")) ==
        "g.yaml:5:47: node 'more': 'amount' is 200, but must be at most 100");
  CHECK(problems_of(with(good, "from: numbers", "from: number"))
            .find("comes from 'number', but there is no such node; did you mean 'numbers'?") != std::string::npos);
  CHECK(problems_of(with(good, "split: $split", "split: $spilt"))
            .find("$spilt is not a foreach variable; did you mean 'split'?") != std::string::npos);
  CHECK(problems_of(with(good, "[one, two]", "[one, tow]")) == "g.yaml:2:18: unknown model 'tow'; did you mean 'two'?");
  CHECK(problems_of(with(good, "name: g", "nmae: g")).find("unknown key 'nmae'; did you mean 'name'?") !=
        std::string::npos);
  CHECK(problems_of(with(good, "foreach:", "foreach: [")).find("not valid YAML") != std::string::npos);
  CHECK(problems_of(with(good, "[a, b]}", "[a, c]}")).find("unknown split 'c'") != std::string::npos);
}

TEST_CASE("a node without a kind is told how to give one") {
  CHECK(problems_of(with(good, "kind: add, ", "")).find("g.yaml:5:12: node 'more': needs a kind, e.g.") !=
        std::string::npos);
}

TEST_CASE("several mistakes are told at once") {
  const std::string text = problems_of(with(with(good, "amount: 2", "amount: two"), "kind: sum", "kind: some"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.find("amount") != std::string::npos);
  CHECK(text.find("did you mean 'sum'?") != std::string::npos);
}

TEST_CASE("edges that make no sense are refused") {
  CHECK(problems_of(with(good, "from: numbers", "from: out")).find("'out' (lines), which nothing can follow") !=
        std::string::npos);
  CHECK(problems_of(with(good, "kind: sum, from: out", "kind: sum, from: more")).find("is a task, which works on finished files") !=
        std::string::npos);
  CHECK(problems_of(with(good, "{kind: sum, from: out", "{kind: sum")).find("needs 'from:' (data, more)") !=
        std::string::npos);
  const std::string cycle =
      "name: c\nnodes:\n  n: {kind: count}\n  a: {kind: subtract, from: [n, b]}\n  b: {kind: add, from: a}\n  o: "
      "{kind: lines, from: b}\n";
  CHECK(problems_of(cycle).find("is part of a cycle: a -> b -> a") != std::string::npos);
  const std::string two =
      "name: c\nnodes:\n  n: {kind: count}\n  m: {kind: count}\n  a: {kind: subtract, from: [n, m]}\n  o: {kind: "
      "lines, from: a}\n";
  CHECK(problems_of(two).find("must come from one source in the end, but comes from m, n") != std::string::npos);
  const std::string dangling = "name: c\nnodes:\n  n: {kind: count}\n  a: {kind: add, from: n}\n";
  CHECK(problems_of(dangling).find("node 'a': no other node uses this one") != std::string::npos);
}

TEST_CASE("a node that reads a field nobody gives is told which fields there are") {
  Registry own = test_registry();
  Kind kind{.name = "wants", .summary = "reads another field"};
  kind.ports = {{.name = "in", .reads = {Field<std::string>("colour", "a colour, as text")}}};
  kind.make = [](const NodeContext&) { return node_of([](Work&) {}); };
  own.add(kind);
  const TemporaryFolder folder;
  const auto file = folder.write(
      "g.yaml", "name: g\nnodes:\n  n: {kind: count}\n  w: {kind: wants, from: n}\n  o: {kind: lines, from: w}\n");
  CHECK_THROWS_WITH_AS(read_graph(file, own), doctest::Contains("reads 'colour', but 'n' gives only: block, value"),
                       GraphError);
}

TEST_CASE("environment variables have defaults, and a missing one is named") {
  ::unsetenv("CFO_TEST_AMOUNT");
  CHECK(problems_of(with(good, "amount: 2", "amount: \"${CFO_TEST_AMOUNT:-3}\"")).empty());
  CHECK(problems_of(with(good, "amount: 2", "amount: \"${CFO_TEST_AMOUNT}\""))
            .find("the environment variable CFO_TEST_AMOUNT is not set") != std::string::npos);
}

TEST_CASE("--set changes values by path, with its own mistakes told") {
  const TemporaryFolder folder;
  const auto file = folder.write("g.yaml", good);
  GraphOptions options;
  options.set = {"seed=7", "more.amount=5", "nodes.numbers.items=3"};
  const Graph graph = read_graph(file, registry, options);
  CHECK(graph.settings.integer("seed") == 7);
  CHECK(parameters_for(*graph.find("more"), {}).number("amount") == 5);
  CHECK(parameters_for(*graph.find("numbers"), {{"split", "a"}}).integer("items") == 3);
  CHECK(problems_of(good, {.set = {"mor.amount=5"}, .only = {}}).find("unknown key 'mor'") != std::string::npos);
  CHECK(problems_of(good, {.set = {"nodes.mor.amount=5"}, .only = {}}).find("no such node") != std::string::npos);
  CHECK(problems_of(good, {.set = {"seed"}, .only = {}}).find("write key=value") != std::string::npos);
}

TEST_CASE("values that cannot be used here are refused, or skipped when the graph says so") {
  const std::string all = with(good, "[one, two]", "all");
  CHECK(problems_of(all).find("model 'three' cannot be used: not downloaded yet") != std::string::npos);
  const TemporaryFolder folder;
  const Graph graph = read_graph(folder.write("g.yaml", "missing: skip\n" + all), registry);
  CHECK(*graph.values_of("model") == std::vector<std::string>{"one", "two"});
  REQUIRE(graph.unavailable.size() == 1);
  CHECK(graph.unavailable[0].value == "three");
}

TEST_CASE("what this machine lacks is refused, noted in a dry run, or left out with all that depends on it") {
  const std::string further =
      "nodes:\n"
      "  numbers:   {kind: count, items: 5}\n"
      "  out:       {kind: lines, from: numbers}\n"
      "  far:       {kind: count, items: 13, optional: true}\n"
      "  far_more:  {kind: add, from: far}\n"
      "  far_out:   {kind: lines, from: far_more, folder: far}\n"
      "then:\n"
      "  both:      {kind: sum, from: [out, far_out]}\n"
      "  one:       {kind: sum, from: {data: out, more: far_out}, folder: one}\n"
      "  only_far:  {kind: sum, from: far_out, folder: far}\n"
      "  after_far: {kind: sum, from: out, needs: only_far, folder: after}\n";
  const std::string text = "name: g\n" + further;
  CHECK(problems_of(with(text, ", optional: true", "")) ==
        "g.yaml:5:14: node 'far': 13 numbers are not to be had here");
  const TemporaryFolder folder;
  const auto file = folder.write("g.yaml", text);
  CHECK(read_graph(file, registry, {.set = {}, .only = {}, .tolerate = true}).notes.size() == 1);

  const Graph graph = read_graph(file, registry);
  std::map<std::string, std::string> left_out;
  for (const auto& node : graph.left_out) left_out.emplace(node.node, node.reason);
  CHECK(left_out == std::map<std::string, std::string>{{"far", "13 numbers are not to be had here"},
                                                       {"far_more", "comes from 'far'"},
                                                       {"far_out", "comes from 'far_more'"},
                                                       {"only_far", "comes from 'far_out'"},
                                                       {"after_far", "needs 'only_far'"}});
  REQUIRE(graph.nodes.size() == 4);
  CHECK(graph.find("both")->from.size() == 1);
  CHECK(graph.find("one")->from.size() == 1);
  const Graph here = read_graph(folder.write("h.yaml", with(text, "items: 13", "items: 12")), registry);
  CHECK(here.left_out.empty());
  CHECK(here.nodes.size() == 9);
  CHECK(problems_of(with(text, "items: 5}", "items: 13, optional: true}"))
            .find("node 'numbers': 13 numbers are not to be had here") != std::string::npos);
  CHECK(problems_of(with(text, "optional: true", "optional: maybe")).find("true or false") != std::string::npos);
}

TEST_CASE("mistakes of every sort are told at once") {
  const std::string text = problems_of(
      "name: g\n"
      "foreach: {model: [one, tow]}\n"
      "nodes:\n"
      "  n: {kind: count}\n"
      "  a: {kind: subtract, from: {left: n}}\n"                    // an input is missing
      "  b: {kind: subtract, from: [n, c]}\n"                       // a cycle
      "  c: {kind: add, from: b, amount: much}\n"                   // a wrong value
      "  d: {kind: add, from: [n, n]}\n"                            // an input too many
      "  o: {kind: lines, from: {inn: a}, folder: $model/a}\n"      // a misspelled input
      "  p: {kind: lines, from: c, folder: $model/c, devise: 1}\n"  // an unknown parameter
      "  q: {kind: lines, from: d, folder: $moddel}\n");            // an unknown variable
  CHECK(text.find("g.yaml:2:18: unknown model 'tow'") != std::string::npos);
  CHECK(text.find("g.yaml:5:29: node 'a': input 'right' of subtract is missing") != std::string::npos);
  CHECK(text.find("node 'b': is part of a cycle: b -> c -> b") != std::string::npos);
  CHECK(text.find("node 'c': 'amount' is 'much', but must be a number") != std::string::npos);
  CHECK(text.find("node 'd': add has only 1 input; remove this one") != std::string::npos);
  CHECK(text.find("node 'o': lines has no input 'inn'; did you mean 'in'?") != std::string::npos);
  CHECK(text.find("node 'p': unknown parameter 'devise'") != std::string::npos);
  CHECK(text.find("node 'q': $moddel is not a foreach variable; did you mean 'model'?") != std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 7);  // and no more: no consequences
}

TEST_CASE("a missing field is told once, beside mistakes elsewhere, and not again at the nodes after it") {
  Registry own = test_registry();
  Kind kind{.name = "wants", .summary = "reads another field"};
  kind.ports = {{.name = "in", .reads = {Field<std::string>("colour", "a colour, as text")}}};
  kind.make = [](const NodeContext&) { return node_of([](Work&) {}); };
  own.add(kind);
  const TemporaryFolder folder;
  const auto file =
      folder.write("g.yaml",
                   "name: g\nsed: 1\nnodes:\n  n: {kind: count}\n  w: {kind: wants, from: n}\n  v: {kind: "
                   "wants, from: w}\n  x: {kind: unknown, from: n}\n  y: {kind: wants, from: x}\n  o: "
                   "{kind: lines, from: v}\n  p: {kind: lines, from: y}\n");
  try {
    read_graph(file, own);
    FAIL("the graph has mistakes");
  } catch (const GraphError& error) {
    REQUIRE(error.problems().size() == 3);
    CHECK(error.problems()[0].message.find("unknown key 'sed'") != std::string::npos);
    CHECK(error.problems()[1].node == "w");
    CHECK(error.problems()[1].message.find("reads 'colour', but 'n' gives only: block, value") != std::string::npos);
    CHECK(error.problems()[2].message.find("unknown kind 'unknown'") != std::string::npos);
  }
}

TEST_CASE("a misspelled reference does not make the node that it means an unread one") {
  const std::string text = problems_of(with(good, "from: numbers", "from: numbres"));
  CHECK(text == "g.yaml:5:30: node 'more': comes from 'numbres', but there is no such node; did you mean 'numbers'?");
}

TEST_CASE("a line that several nodes share is told once") {
  ::unsetenv("CFO_TEST_AMOUNT");
  Registry own;
  Kind counting = count_kind();
  counting.section = "counting";
  for (auto& kind : {counting, lines_kind()}) own.add(kind);
  const TemporaryFolder folder;
  const auto file =
      folder.write("g.yaml",
                   "name: g\ncounting: {items: \"${CFO_TEST_AMOUNT}\"}\nnodes:\n  n: {kind: count}\n  m: "
                   "{kind: count}\n  o: {kind: lines, from: n}\n  p: {kind: lines, from: m, folder: m}\n");
  try {
    read_graph(file, own);
    FAIL("the variable is not set");
  } catch (const GraphError& error) {
    REQUIRE(error.problems().size() == 1);
    CHECK(error.problems()[0].line == 2);
    CHECK(error.problems()[0].message.find("'items': the environment variable CFO_TEST_AMOUNT") == 0);
  }
}

TEST_CASE("devices are checked with everything else: the graph's, each node's, and the command line's") {
  const std::string wrong = "device: fat\n" + with(with(good, "amount: 2", "amount: two, device: gpu"), "kind: sum",
                                                   "kind: sum, device: far");
  const std::string text = problems_of(wrong);
  CHECK(text.find("g.yaml:1:9: fat is misspelled") != std::string::npos);
  CHECK(text.find("g.yaml:6:60: node 'more': gpu is misspelled") != std::string::npos);
  CHECK(text.find("node 'total': there is no far device here") != std::string::npos);
  CHECK(text.find("'amount' is 'two'") != std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  CHECK(problems_of(with(good, "amount: 2", "amount: 2, device: cpu")).empty());
  CHECK(problems_of(good, {.set = {}, .only = {}, .tolerate = false, .device = "fat"}) == "g.yaml: fat is misspelled");
  CHECK(problems_of("device: far\n" + good).find("there is no far device here") != std::string::npos);
  CHECK(problems_of("device: far\n" + good, {.set = {}, .only = {}, .tolerate = false, .device = "cpu"}).empty());
}

TEST_CASE("a dry run notes a device that this machine lacks, but not one that is misspelled") {
  const TemporaryFolder folder;
  const auto file = folder.write("g.yaml", with("device: far\n" + good, "amount: 2", "amount: 2, device: far"));
  CHECK(read_graph(file, registry, {.set = {}, .only = {}, .tolerate = true}).notes ==
        std::set<std::string>{"there is no far device here"});
  CHECK(problems_of("device: fat\n" + good, {.set = {}, .only = {}, .tolerate = true}) ==
        "g.yaml:1:9: fat is misspelled");
}

TEST_CASE("the device of the command line is the one of the graph that runs") {
  const TemporaryFolder folder;
  const Graph graph = read_graph(folder.write("g.yaml", "device: far\n" + good), registry,
                                 {.set = {}, .only = {}, .tolerate = false, .device = "cpu"});
  CHECK(graph.settings.text("device") == "cpu");
  CHECK(graph.resolved.find("device: cpu") != std::string::npos);
}

TEST_CASE("a field of another type than the node reads is told") {
  Registry own = test_registry();
  Kind kind{.name = "wants", .summary = "reads value as a text"};
  kind.ports = {{.name = "in", .reads = {where_present(Field<std::string>("value", "a text"))}}};
  kind.make = [](const NodeContext&) { return node_of([](Work&) {}); };
  own.add(kind);
  const TemporaryFolder folder;
  const auto file = folder.write(
      "g.yaml", "name: g\nnodes:\n  n: {kind: count}\n  w: {kind: wants, from: n}\n  o: {kind: lines, from: w}\n");
  CHECK_THROWS_WITH_AS(read_graph(file, own),
                       doctest::Contains("node 'w': reads 'value' as a text, but 'n' gives it as a number"),
                       GraphError);
}

TEST_CASE("a field that a node reads where it is there may be absent") {
  Registry own = test_registry();
  Kind kind{.name = "wants", .summary = "reads a colour if there is one"};
  kind.ports = {{.name = "in", .reads = {where_present(Field<std::string>("colour", "a text"))}}};
  kind.make = [](const NodeContext&) { return node_of([](Work&) {}); };
  own.add(kind);
  const TemporaryFolder folder;
  const auto file = folder.write(
      "g.yaml", "name: g\nnodes:\n  n: {kind: count}\n  w: {kind: wants, from: n}\n  o: {kind: lines, from: w}\n");
  CHECK_NOTHROW(read_graph(file, own));
}

TEST_CASE("fields that parameters name are checked for every combination of foreach values") {
  Registry own = test_registry();
  Kind kind{.name = "wants", .summary = "reads what it is told to"};
  kind.ports = {{.name = "in", .reads = {value_field}}};
  kind.parameters = {{.name = "field", .type = Type::text, .summary = "what to read"}};
  kind.reads_by_parameter = {
      {"field", [](const Parameters& p) { return std::vector<Read>{Field<double>(p.text("field"), "a number")}; }}};
  kind.make = [](const NodeContext&) { return node_of([](Work&) {}); };
  own.add(kind);
  const TemporaryFolder folder;
  const auto file = folder.write("g.yaml",
                                 "name: g\nforeach: {what: [value, other]}\nnodes:\n  n: {kind: count}\n  w: {kind: "
                                 "wants, from: n, field: $what}\n  o: {kind: lines, from: w, folder: $what}\n");
  try {
    read_graph(file, own);
    FAIL("'other' is no field");
  } catch (const GraphError& error) {
    const std::string text = error.what();
    CHECK_MESSAGE(text.ends_with("g.yaml:5:36: node 'w': reads 'other', but 'n' gives only: block, value"), text);
  }
}

TEST_CASE("a mistake in --set names no line of the file") {
  CHECK(problems_of(good, {.set = {"more.amount=two"}, .only = {}}) ==
        "g.yaml: node 'more': 'amount' is 'two', but must be a number");
}
