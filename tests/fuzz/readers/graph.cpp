// Fuzzes the reader of graphs, from YAML to the checks of nodes and edges.
#define DOCTEST_CONFIG_DISABLE  // the kinds come from the tests, without their checks
#include "engine/graph/graph.h"

#include <fstream>
#include <string>

#include "base/error.h"
#include "tests/fuzz/reading.h"
#include "tests/support/counting_kinds.h"

namespace {

void read(const cfo::storage::CheckpointBytes& bytes) {
  const auto file = cfo::fuzz::folder() / "graph.yaml";
  std::ofstream(file, std::ios::binary) << bytes.bytes;
  static const cfo::engine::Registry registry = cfo::test::test_registry();
  cfo::engine::GraphOptions options;
  options.tolerate = true;
  try {
    cfo::engine::read_graph(file, registry, options);
  } catch (const cfo::engine::GraphError& error) {  // a sentence a line, each naming the file
    const std::string text = error.what();
    throw cfo::Error("{}", text.substr(0, text.find('\n')));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return cfo::fuzz::read_bytes(data, size, read);
}
