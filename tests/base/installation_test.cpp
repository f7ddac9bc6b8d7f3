#include "base/installation.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include "tests/support/temporary_folder.h"

namespace {

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

/// Sets an environment variable for one test.
class Variable {
 public:
  Variable(const char* name, const fs::path& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("a program in a build folder finds the graphs of its source tree") {
  CHECK(graphs_folder() == fs::canonical(fs::path(CFO_SOURCE_DIR) / "graphs"));
  CHECK(in_graphs_folder("speeds.yaml") == graphs_folder() / "speeds.yaml");
}

TEST_CASE("CFO_GRAPHS names another folder of graphs, a narrower variable a part of it") {
  const Variable graphs("CFO_GRAPHS", "/somewhere/graphs");
  CHECK(graphs_folder() == "/somewhere/graphs");
  CHECK(in_graphs_folder("codecs", "CFO_TEST_CODECS") == "/somewhere/graphs/codecs");
  const Variable codecs("CFO_TEST_CODECS", "/elsewhere/cards");
  CHECK(in_graphs_folder("codecs", "CFO_TEST_CODECS") == "/elsewhere/cards");
}

TEST_CASE("a graph is found as a file, or by its name among the installed ones") {
  const TemporaryFolder folder;
  const auto study = folder.write("graphs/study.yaml", "name: study\nnodes:\n  a: {kind: b}\n");
  folder.write("graphs/speeds.yaml", "codecs:\n  nodes: 3\n");
  const Variable graphs("CFO_GRAPHS", folder / "graphs");
  CHECK(find_graph("study") == study);
  CHECK(find_graph("study.yaml") == study);
  CHECK(find_graph("graphs/study.yaml") == study);
  const auto own = folder.write("own/study.yaml", "");
  CHECK(find_graph(own.string()) == own);

  const auto missing = sentence_of([] { find_graph("studdy"); });
  CHECK(has(missing, "studdy: no such graph file"));
  CHECK(has(missing, (folder / "graphs").string() + " are: study; did you mean 'study'?"));
  CHECK(has(sentence_of([] { find_graph("speeds"); }), "no such graph file"));
  CHECK(has(sentence_of([] { find_graph("other/study.yaml"); }), "other/study.yaml: no such graph file"));
}

TEST_CASE("without any graphs the sentence says which variable to set") {
  const TemporaryFolder folder;
  const Variable graphs("CFO_GRAPHS", folder / "nothing");
  CHECK(has(sentence_of([] { find_graph("quickstart"); }), "set CFO_GRAPHS"));
}
