// Every write to /dev/full fails as on a full disk.
#include <doctest/doctest.h>

#include "storage/audio.h"
#include "storage/scores.h"
#include "storage/shard.h"
#include "tests/storage/speech_like.h"
#include "tests/storage/temporary_folder.h"

namespace fs = std::filesystem;
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

TEST_CASE("embeddings, audio and scores on a full disk end as OutOfSpace") {
  const TemporaryFolder folder;
  for (const char* name : {"e.h5.partial", "a.flac.partial", "s.txt.partial"}) fs::create_symlink("/dev/full", folder / name);
  const Embeddings embeddings{{"a"}, {"DAC24"}, {Label::spoof}, 1, {1}};
  const std::vector<Score> scores = {{"a", "DAC24", Label::spoof, 1}};
  CHECK(has(out_of_space_sentence([&] { write_embeddings(folder / "e.h5", embeddings); }), sentence));
  CHECK(has(out_of_space_sentence([&] { write_audio(folder / "a.flac", noise(100, 1), 16000); }), sentence));
  CHECK(has(out_of_space_sentence([&] { write_scores(folder / "s.txt", scores); }), sentence));
}
