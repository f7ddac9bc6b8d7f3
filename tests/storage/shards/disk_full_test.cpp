// Every write to /dev/full fails as on a full disk; a limit on file sizes fails in the middle of a file.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

#include "storage/audio/audio.h"
#include "storage/shards/shard.h"
#include "storage/tables/scores.h"
#include "tests/support/speech_like.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

template <typename Action>
std::string out_of_space_sentence(Action action) {
  try {
    action();
  } catch (const cfo::OutOfSpace& error) {
    return error.what();
  }
  return "";
}

/// No file may grow beyond `bytes` while this lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limited{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limited) == 0);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

/// Adds utterances of 40 kB or less, which HDF5 writes in chunks of 64 kB, until the shard fails; how many were added.
int fill(const fs::path& file) {
  ShardWriter writer(file, encodec_attributes());
  for (int i = 0; i < 1000; ++i) {
    try {
      writer.add(utterance(i));
    } catch (const cfo::Error& error) {
      CHECK(has(error.what(), file.string() + ": cannot be written (File too large)"));
      CHECK(has(sentence_of([&] { writer.finish(); }), file.string() + ": "));
      return i;
    }
  }
  return 1000;
}

const std::string sentence = ": the disk is full; free some space and run the same command again";

}  // namespace

TEST_CASE("a shard on a full disk ends as OutOfSpace, as often as one likes, and the next shard is good") {
  const TemporaryFolder folder;
  for (int i = 0; i < 3; ++i) {
    const std::string said = out_of_space_sentence([] {
      ShardWriter writer("/dev/full", encodec_attributes());
      for (int k = 0; k < 10; ++k) writer.add(utterance(k));
      writer.finish();
    });
    CHECK(said == "/dev/full" + sentence);
  }
  write_shard(folder / "x.h5", encodec_attributes(), {utterance(1)});
  CHECK(ShardReader(folder / "x.h5").audio(0) == utterance(1).audio);
}

TEST_CASE("a shard that fails half-way is told, refused by readers, and made again") {
  const TemporaryFolder folder;
  for (int i = 0; i < 3; ++i) {
    const FileSizeLimit limit(2000000);
    const int added = fill(folder / "x.h5");
    CHECK(added > 30);
    CHECK(added < 90);
  }
  CHECK(has(sentence_of([&] { ShardReader shard(folder / "x.h5"); }), "x.h5: "));
  write_shard(folder / "x.h5", encodec_attributes(), {utterance(1)});
  CHECK(ShardReader(folder / "x.h5").audio(0) == utterance(1).audio);
}

TEST_CASE("a shard that fails at its end is told") {
  const TemporaryFolder folder;
  ShardWriter writer(folder / "x.h5", encodec_attributes());
  writer.add(utterance(1, 1000));
  const FileSizeLimit limit(1000);
  CHECK(has(sentence_of([&] { writer.finish(); }), "x.h5: cannot "));
}

TEST_CASE("embeddings, audio and scores on a full disk end as OutOfSpace") {
  const TemporaryFolder folder;
  for (const char* name : {"e.h5.partial", "a.flac.partial", "s.txt.partial"})
    fs::create_symlink("/dev/full", folder / name);
  const Embeddings embeddings{{"a"}, {"DAC24"}, {Label::spoof}, 1, {1}};
  const std::vector<Score> scores = {{"a", "DAC24", Label::spoof, 1}};
  CHECK(has(out_of_space_sentence([&] { write_embeddings(folder / "e.h5", embeddings); }), sentence));
  CHECK(has(out_of_space_sentence([&] { write_audio(folder / "a.flac", noise(100, 1), 16000); }), sentence));
  CHECK(has(out_of_space_sentence([&] { write_scores(folder / "s.txt", scores); }), sentence));
}
