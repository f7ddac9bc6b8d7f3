// Fuzzes the reader of graphs, from YAML to the checks of nodes and edges.
#define DOCTEST_CONFIG_DISABLE  // the kinds come from the tests, without their checks
#include "engine/graph/graph.h"

#include <fstream>

#include "tests/fuzz/reading.h"
#include "tests/support/counting_kinds.h"

namespace {

void read(const cfo::storage::CheckpointBytes& bytes) {
  const auto file = cfo::fuzz::folder() / "graph.yaml";
  std::ofstream(file, std::ios::binary) << bytes.bytes;
  static const cfo::engine::Registry registry = cfo::test::test_registry();
  cfo::engine::GraphOptions options;
  options.tolerate = true;
  cfo::engine::read_graph(file, registry, options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return cfo::fuzz::read_bytes(data, size, read);
}
