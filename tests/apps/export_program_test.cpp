// cfo-export as users meet it.
#include "tests/support/made_run.h"
#include "tests/support/programs.h"

namespace {

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

}  // namespace

TEST_CASE("cfo-export describes itself") { check_describes_itself(TemporaryFolder(), "cfo-export"); }

TEST_CASE("cfo-export refuses what it cannot do in one line") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  fs::create_directories(folder / "empty");
  check_refused(run_in(folder, "cfo-export"), "RUN");
  check_refused(run_in(folder, "cfo-export run --formatt wav"), "did you mean '--format'?");
  check_refused(run_in(folder, "cfo-export run --format mp3"), "--format");
  check_refused(run_in(folder, "cfo-export run --protocol vox"), "--protocol");
  check_refused(run_in(folder, "cfo-export run --codec mdct_vk"), "mdct_vq");
  check_refused(run_in(folder, "cfo-export run --split evil"), "eval");
  check_refused(run_in(folder, "cfo-export nowhere"), "nowhere");
  check_refused(run_in(folder, "cfo-export empty"), "empty");
}

TEST_CASE("cfo-export writes what the shards hold") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  const Outcome outcome = run_in(folder, "cfo-export run --output out --format wav");
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  CHECK(has(outcome.out, "12 utterances"));
  const auto exported = storage::read_audio(folder / "out/train/wav/p001_002_mdct_vq.wav");
  const auto expected = made_utterance("p001", 2, true).audio;
  CHECK(exported.sample_rate == 16000);
  CHECK(storage::to_pcm16(exported.samples).samples.size() == expected.size());
  const std::string protocol = bytes_of(folder / "out/eval.txt");
  CHECK(line_count(protocol) == 6);
  CHECK(has(protocol, "p004 p004_003_mdct_vq - mdct_vq spoof\n"));
  CHECK(has(protocol, "p004 p004_003 - - bonafide\n"));
}

TEST_CASE("cfo-export keeps to the codecs and splits that are asked for, in the authors' protocol") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  const Outcome outcome = run_in(folder, "cfo-export run --codec mdct_vq --split train --protocol codecfake_plus");
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  CHECK(fs::exists(folder / "run/export/train/flac/p001_001_mdct_vq.flac"));
  CHECK_FALSE(fs::exists(folder / "run/export/train/flac/p001_001.flac"));
  CHECK_FALSE(fs::exists(folder / "run/export/eval"));
  CHECK(line_count(bytes_of(folder / "run/export/train.txt")) == 3);
}

TEST_CASE("cfo-export tells of a shard that is cut off, writes the others and exits with 1") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  const fs::path broken = folder / "run/shards/mdct_vq/eval/00000.h5";
  fs::resize_file(broken, fs::file_size(broken) / 2);
  const Outcome outcome = run_in(folder, "cfo-export run --output out");
  CHECK(outcome.code == 1);
  CHECK(has(outcome.err, "mdct_vq/eval/00000.h5"));
  CHECK(fs::exists(folder / "out/eval/flac/p004_001.flac"));
  CHECK_FALSE(fs::exists(folder / "out/eval/flac/p004_001_mdct_vq.flac"));
}
