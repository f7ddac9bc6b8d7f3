// YAML from outside: what would never end, or take all memory, is refused with its place.
#include "engine/graph/graph_yaml.h"

#include <doctest/doctest.h>

#include "engine/graph/graph.h"
#include "tests/support/counting_kinds.h"

using namespace cfo;
using namespace cfo::engine;
using namespace cfo::test;

namespace {

/// "line:column: sentence", "" for what is read.
std::string fault_of(const std::string& text) {
  try {
    load_yaml(text);
    return "";
  } catch (const YamlFault& fault) {
    return fmt::format("{}:{}: {}", fault.line, fault.column, fault.what());
  }
}

std::string repeated(const std::string& part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

}  // namespace

TEST_CASE("anchors and aliases as people use them are read") {
  CHECK(fault_of("a: &x {rate: 16000}\nb: *x\nc: {<<: *x, d: 1}\n").empty());
  CHECK(fault_of(repeated("{a: ", 60) + "1" + repeated("}", 60)).empty());
}

TEST_CASE("an alias of what it stands in") {
  CHECK(fault_of("a: &x\n  b: *x\n") == "2:6: this alias stands inside what it is an alias of");
  CHECK(fault_of("nodes: &n [1, [2, *n]]").ends_with("this alias stands inside what it is an alias of"));
}

TEST_CASE("aliases of aliases that grow without end") {
  std::string bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";
  for (int i = 1; i < 12; ++i)
    bomb += fmt::format("a{0}: &a{0} [*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1}]\n", i, i - 1);
  const std::string fault = fault_of(bomb);
  CHECK_MESSAGE(fault.ends_with("more than 200000 values, once every alias stands for what it means"), fault);
  CHECK(fault.starts_with("6:"));
}

TEST_CASE("nesting and length have bounds") {
  CHECK(fault_of(repeated("[", 100000)).ends_with("nested deeper than 64 levels"));
  CHECK(fault_of(repeated("{a: ", 1000)).ends_with("nested deeper than 64 levels"));
  CHECK(fault_of(std::string(longest_graph + 1, ' ')) == "0:0: longer than 4 MiB, which no graph is");
}

TEST_CASE("what is no YAML is told with its place") {
  CHECK(fault_of("a: [1, 2\nb: 3\n").starts_with("2:"));
  CHECK(fault_of("a: *nobody\n").starts_with("1:4: "));
}

TEST_CASE("a graph says it as it says its other mistakes") {
  const TemporaryFolder folder;
  const auto file = folder.write("g.yaml", "name: g\nnodes: &n\n  in: {kind: count, items: *n}\n");
  const Registry registry = test_registry();
  try {
    read_graph(file, registry, {});
    FAIL("was read");
  } catch (const GraphError& error) {
    CHECK(std::string(error.what()).find("g.yaml:3:28: this alias stands inside") != std::string::npos);
  }
}
