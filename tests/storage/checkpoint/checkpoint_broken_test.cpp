// Every broken or hostile file of tests/broken/checkpoints gets the sentence that stands beside its name.
#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <map>
#include <set>

#include "base/error.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/checkpoint_fixtures.h"

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

namespace {

const fs::path broken = fs::path(CFO_SOURCE_DIR) / "tests" / "broken" / "checkpoints";

/// File name -> what its error must contain.
std::map<std::string, std::string> sentences() {
  std::map<std::string, std::string> table;
  std::ifstream file(broken / "sentences.tsv");
  for (std::string line; std::getline(file, line);)
    table[line.substr(0, line.find('\t'))] = line.substr(line.find('\t') + 1);
  return table;
}

std::string error_of(const fs::path& file) {
  try {
    storage::read_checkpoint(file);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("each broken file gets its own sentence, which begins with the file") {
  const auto table = sentences();
  REQUIRE(table.size() > 80);
  for (const auto& [name, part] : table) {
    const std::string sentence = error_of(broken / name);
    INFO(sentence);
    CHECK_MESSAGE(has(sentence, part), name);
    // The sentence about a shard begins with the shard.
    CHECK(sentence.starts_with((broken / (name.starts_with("hf_") ? "" : name + ":")).string()));
    CHECK(sentence.find('\n') == std::string::npos);
  }
}

TEST_CASE("no broken file is without its sentence") {
  const auto table = sentences();
  for (const auto& entry : fs::directory_iterator(broken)) {
    const std::string name = entry.path().filename();
    if (name != "make.py" && name != "sentences.tsv") CHECK_MESSAGE(table.contains(name), name);
  }
}

TEST_CASE("describing a file that cannot be read says the same as reading it") {
  for (const auto* name : {"empty.pt", "page.pt", "pt_cut.pt", "st_overlap.safetensors", "pt_deep.pt"}) {
    CHECK_THROWS_WITH_AS(storage::describe_checkpoint(broken / name), error_of(broken / name).c_str(), Error);
  }
}

TEST_CASE("missing files, folders and pipes") {
  const TemporaryFolder folder;
  CHECK(has(error_of(folder.path() / "no.pt"), "no.pt: there is no such file"));
  CHECK(has(error_of(folder.path()), "is a folder without model.safetensors, pytorch_model.bin or an index"));
  const fs::path pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(has(error_of(pipe), "is not a regular file"));
}

TEST_CASE("a pickle that is small but takes endless steps is given up") {
  std::string steps;  // recall the class, recall the arguments, call, drop: each call would build an object
  for (int i = 0; i < 1'200'000; ++i) steps += "h\x01h\x02R0";
  const TemporaryFolder folder;
  const std::string body = Pickle().global("a", "b").raw("q\x01)q\x02").raw(steps).stop();
  CHECK(has(error_of(folder.write("x.pt", torch_file(body, {}))), "takes more than 32000000 steps to read"));
}

TEST_CASE("names from a file are harmless in sentences and listings") {
  Pickle pickle;
  pickle.raw("}").text("a\x1b[31m\n").tensor("FloatStorage", "0", 1, 0, {1}, {1}).raw("s");
  const TemporaryFolder folder;
  const auto file = folder.write("x.pt", torch_file(pickle.stop(), {{"0", bytes_of<float>({1})}}));
  CHECK(storage::describe_checkpoint(file).entries.at(0).name == "a\\x1b[31m\\x0a");
  CHECK(storage::read_checkpoint(file).contains("a\x1b[31m\n"));
}
