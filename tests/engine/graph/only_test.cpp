// --only: what it keeps of the foreach values, and what it says to a slip of the pen.
#include "engine/graph/graph.h"

#include "tests/support/counting_kinds.h"

using namespace cfo;
using namespace cfo::engine;
using namespace cfo::test;

namespace {

const std::string study =
    "name: g\n"
    "foreach: {model: [one, two], test: {as: model}}\n"
    "nodes:\n"
    "  numbers: {kind: count, items: 5}\n"
    "  out:     {kind: lines, from: numbers, folder: $model}\n"
    "then:\n"
    "  total:   {kind: sum, from: {data: {node: out, model: $test}}, label: $model, folder: $model/$test}\n";

using Only = std::map<std::string, std::vector<std::string>>;
using Texts = std::vector<std::string>;

/// The foreach values that are left, or the mistakes.
std::string kept(const std::string& yaml, const Only& only) {
  static const Registry registry = test_registry();
  const TemporaryFolder folder;
  try {
    const Graph graph = read_graph(folder.write("g.yaml", yaml), registry, {.set = {}, .only = only});
    std::string text;
    for (const auto& [variable, values] : graph.foreach)
      for (const auto& value : values) text += variable + "=" + value + " ";
    return text;
  } catch (const GraphError& error) {
    std::string text;
    for (const auto& problem : error.problems()) text += problem.message + "\n";
    return text;
  }
}

}  // namespace

TEST_CASE("--only keeps the values named and tells unknown ones") {
  CHECK(kept(study, {}) == "model=one model=two test=one test=two ");
  CHECK(kept(study, {{"model", {"tow"}}}).find("--only model=tow: the graph has no such model; did you mean 'two'?") ==
        0);
  CHECK(kept(study, {{"modle", {"two"}}}).find("did you mean 'model'?") != std::string::npos);
}

TEST_CASE("a variable {as: OTHER} follows what --only keeps of the other") {
  CHECK(kept(study, {{"model", {"two"}}}) == "model=two test=two ");
}

TEST_CASE("a variable {as: OTHER} can be narrowed by itself") {
  CHECK(kept(study, {{"test", {"two"}}}) == "model=one model=two test=two ");
  CHECK(kept(study, {{"test", {"tow"}}}) == "--only test=tow: the graph has no such test; did you mean 'two'?\n");
}

TEST_CASE("a variable {as: OTHER} has no value that --only takes from the other") {
  CHECK(kept(study, {{"model", {"one"}}, {"test", {"two"}}})
            .find("--only test=two: 'test' has the values of 'model', and --only leaves two out of those; add it to 'model'") == 0);
  CHECK(kept(study, {{"model", {"one"}}, {"test", {"one"}}}) == "model=one test=one ");
}

TEST_CASE("a value that this machine cannot use is none to keep of a variable {as: OTHER} either") {
  std::string skipping = "missing: skip\n" + study;
  skipping.replace(skipping.find("[one, two]"), 10, "all");
  CHECK(kept(skipping, {{"test", {"two", "three"}}}) == "model=one model=two test=two ");
  CHECK(kept(skipping, {{"test", {"three"}}}).find("no test is left to run") == 0);
}

TEST_CASE("a foreach variable is written once, and {as: OTHER} names one that stands before it") {
  CHECK(kept("name: g\nforeach: {model: [one], model: [two]}\n", {})
            .find("the foreach variable 'model' appears twice; keep one of them") != std::string::npos);
  CHECK(kept("name: g\nforeach: {test: {as: model}, model: [two]}\n", {})
            .find("'test': write {as: VARIABLE} with a variable that is defined above it") != std::string::npos);
}
