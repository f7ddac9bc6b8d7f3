// The saved graph (graph.yaml of a run folder): read again, without options and on another machine, it makes the same
// units.
#include "engine/plan/inputs.h"

#include "tests/support/counting_kinds.h"

using namespace cfo;
using namespace cfo::engine;
using namespace cfo::test;

namespace {

/// Where model three can be used, too, and 13 numbers can be had.
Registry other_machine() {
  Registry registry;
  for (auto& kind : {count_kind(), add_kind(), subtract_kind(), lines_kind(), sum_kind(), beside_kind()}) {
    Kind able = kind;
    able.lacks = {};
    registry.add(able);
  }
  registry.add(Domain{.variable = "split", .values = {"a", "b"}});
  registry.add(
      Domain{.variable = "model", .values = {"one", "two", "three"}, .groups = {{"all", {"one", "two", "three"}}}});
  return registry;
}

/// Everything that makes a unit what it is, a line each.
std::string units_of_plan(const Graph& graph) {
  const Plan plan = make_plan(graph);
  Contents contents("no run folder");
  std::string text;
  for (const auto& unit : plan.units) {
    text += unit.id + " " + graph_digest(graph, unit) + " " + contents.digest_of(unit) + " waits for";
    for (const auto index : unit.waits_for) text += " " + plan.units[index].id;
    text += "\n";
  }
  return text;
}

const std::string study =
    "name: g\n"
    "missing: skip\n"
    "shard_items: 3\n"
    "foreach: {model: all, test: {as: model}, split: [a, b]}\n"
    "first:\n"
    "  tables:   {kind: beside, from: out, folder: first}\n"
    "nodes:\n"
    "  far:      {kind: count, items: 13, optional: true}\n"
    "  far_out:  {kind: lines, from: far, folder: far}\n"
    "  empty:    {kind: count, items: 0, optional: true}\n"
    "  none:     {kind: lines, from: empty, folder: none}\n"
    "  numbers:  {kind: count, items: \"${CFO_TEST_ITEMS}\", split: $split}\n"
    "  more:     {kind: add, from: numbers, amount: \"${CFO_TEST_AMOUNT:-3}\"}\n"
    "  out:      {kind: lines, from: more, folder: $model/$split}\n"
    "then:\n"
    "  both:     {kind: sum, from: {data: [out, far_out], more: far_out}, label: \"${CFO_TEST_LABEL}\", folder: both}\n"
    "  crossed:  {kind: sum, from: {node: out, model: $test, split: \"${CFO_TEST_SPLIT}\"}, label: $model, folder: "
    "$model/$test}\n"
    "  nothing:  {kind: sum, from: none, folder: nothing}\n"
    "  after:    {kind: sum, from: out, needs: [both, crossed], folder: after}\n";

}  // namespace

TEST_CASE("the saved graph makes the same units elsewhere: what ran, with the values it ran with") {
  const TemporaryFolder folder;
  const Registry here = test_registry();
  ::setenv("CFO_TEST_ITEMS", "7", 1);
  ::setenv("CFO_TEST_AMOUNT", "4", 1);
  ::setenv("CFO_TEST_LABEL", "say: \"so\" # $1", 1);
  ::setenv("CFO_TEST_SPLIT", "b", 1);
  const auto file = folder.write("g.yaml", study);
  const Graph graph = read_graph(file, here, {.set = {"seed=9"}, .only = {{"test", {"two"}}}});
  CHECK(*graph.values_of("model") == std::vector<std::string>{"one", "two"});
  CHECK(graph.left_out.size() == 2);
  for (const auto* name : {"CFO_TEST_ITEMS", "CFO_TEST_AMOUNT", "CFO_TEST_LABEL", "CFO_TEST_SPLIT"}) ::unsetenv(name);

  const auto saved = folder.write("saved.yaml", graph.resolved);
  for (const auto& machine : {test_registry(), other_machine()}) {
    const Graph again = read_graph(saved, machine);
    CHECK(units_of_plan(again) == units_of_plan(graph));
    CHECK(again.digest == graph.digest);
    CHECK(again.unavailable.empty());
    CHECK(again.left_out.empty());
  }
}

TEST_CASE("the saved graph tells in comments what it was asked for and does not run") {
  const TemporaryFolder folder;
  ::setenv("CFO_TEST_ITEMS", "7", 1);
  ::setenv("CFO_TEST_LABEL", "x", 1);
  ::setenv("CFO_TEST_SPLIT", "b", 1);
  const Registry here = test_registry();
  const Graph graph = read_graph(folder.write("g.yaml", study), here, {.set = {}, .only = {{"test", {"two"}}}});
  for (const auto* name : {"CFO_TEST_ITEMS", "CFO_TEST_LABEL", "CFO_TEST_SPLIT"}) ::unsetenv(name);
  for (const auto* line :
       {"# model was: one, two, three\n", "# test was: one, two, three\n",
        "# without model three: not downloaded yet\n", "# without node 'far': 13 numbers are not to be had here\n",
        "# without node 'far_out': comes from 'far'\n"})
    CHECK_MESSAGE(graph.resolved.find(line) != std::string::npos, line, graph.resolved);
}

TEST_CASE("what a saved graph says is there must be there") {
  const TemporaryFolder folder;
  const Registry able = other_machine(), here = test_registry();
  const std::string both =
      "name: g\nmissing: skip\nforeach: {model: [one, three]}\nnodes:\n  far: {kind: count, items: "
      "13, optional: true}\n  out: {kind: lines, from: far, folder: $model}\n";
  const Graph graph = read_graph(folder.write("g.yaml", both), able);
  try {
    read_graph(folder.write("saved.yaml", graph.resolved), here);
    FAIL("this machine has neither");
  } catch (const GraphError& error) {
    const std::string text = error.what();
    CHECK(text.find("model 'three' cannot be used: not downloaded yet") != std::string::npos);
    CHECK(text.find("node 'far': 13 numbers are not to be had here") != std::string::npos);
  }
}

TEST_CASE("optional: items is for sources") {
  const TemporaryFolder folder;
  const Registry here = test_registry();
  const auto file =
      folder.write("g.yaml", "name: g\nnodes:\n  n: {kind: count}\n  o: {kind: lines, from: n, optional: items}\n");
  CHECK_THROWS_WITH_AS(read_graph(file, here), doctest::Contains("'optional' is 'items', but must be true or false"),
                       GraphError);
}
