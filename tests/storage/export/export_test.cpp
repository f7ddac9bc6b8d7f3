#include "storage/export/export.h"

#include <doctest/doctest.h>

#include "storage/audio/audio.h"
#include "storage/corpus/protocol.h"
#include "storage/run_folder/finished_files.h"
#include "storage/run_folder/layout.h"
#include "tests/support/speech_like.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

ShardAttributes bona_fide_attributes(const std::string& split) {
  ShardAttributes attributes;
  attributes.codec = "bonafide";
  attributes.split = split;
  return attributes;
}

ShardUtterance bona_fide(int index) {
  ShardUtterance made = utterance(index, 2000);
  made.label = Label::bona_fide;
  made.codes.clear();
  return made;
}

/// bonafide/train (2 utterances), bonafide/eval (1), Encodec_6b24k/train (2 in 2 shards), DAC24/train (1).
void make_run(const fs::path& run) {
  const fs::path shards = run / "shards";
  for (const char* folder : {"bonafide/train", "bonafide/eval", "Encodec_6b24k/train", "DAC24/train"})
    fs::create_directories(shards / folder);
  write_shard(shards / "bonafide/train/00000.h5", bona_fide_attributes("train"), {bona_fide(1), bona_fide(2)});
  write_shard(shards / "bonafide/eval/00000.h5", bona_fide_attributes("eval"), {bona_fide(3)});
  write_shard(shards / "Encodec_6b24k/train/00000.h5", encodec_attributes(), {utterance(1, 2000)});
  write_shard(shards / "Encodec_6b24k/train/00001.h5", encodec_attributes(), {utterance(2, 2000)});
  ShardAttributes dac = encodec_attributes();
  dac.codec = "DAC24";
  dac.auxiliary = "SEM";
  dac.decoder = "Freq";
  dac.quantizer = "SQ";
  write_shard(shards / "DAC24/train/00000.h5", dac, {utterance(1, 2000)});
  write_file(shards / "DAC24/train/00001.h5.partial", "unfinished");
  write_file(shards / "DAC24/train/notes.h5", "not a shard");
}

std::vector<int16_t> samples_in(const fs::path& file) {
  std::vector<int16_t> samples;
  for (const float sample : read_audio(file).samples) samples.push_back(static_cast<int16_t>(sample * 32768));
  return samples;
}

}  // namespace

TEST_CASE("an export holds the very samples, and the ASVspoof protocol names them") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  std::vector<std::pair<std::size_t, std::size_t>> progress;
  const auto report = export_run(folder / "run", folder / "out", {}, [&](std::size_t done, std::size_t total) {
    progress.push_back({done, total});
  });
  CHECK(report.utterances == 6);
  CHECK(report.faults.empty());
  CHECK(report.seconds == doctest::Approx((2017 * 3 + 2034 * 2 + 2051) / 16000.0));
  CHECK(report.protocols ==
        std::vector<std::string>{(folder / "out" / "eval.txt").string(), (folder / "out" / "train.txt").string()});
  REQUIRE(progress.size() == 6);
  CHECK(progress.front() == std::pair<std::size_t, std::size_t>{1, 6});
  CHECK(progress.back() == std::pair<std::size_t, std::size_t>{6, 6});
  CHECK(bytes_of(folder / "out" / "train.txt") ==
        "p225 p225_101 - - bonafide\np225 p225_101_DAC24 - DAC24 spoof\np225 p225_101_Encodec_6b24k - Encodec_6b24k "
        "spoof\n"
        "p225 p225_102 - - bonafide\np225 p225_102_Encodec_6b24k - Encodec_6b24k spoof\n");
  CHECK(bytes_of(folder / "out" / "eval.txt") == "p225 p225_103 - - bonafide\n");
  CHECK((samples_in(folder / "out/train/flac/p225_102.flac") == bona_fide(2).audio));
  CHECK((samples_in(folder / "out/train/flac/p225_101_Encodec_6b24k.flac") == utterance(1, 2000).audio));
  for (const auto& line : read_protocol(folder / "out" / "train.txt"))
    CHECK(fs::exists(folder / "out" / "train" / "flac" / (line.utterance_id + ".flac")));
}

TEST_CASE("the CodecFake+ protocol is spelt as the authors spell it") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  const auto report = export_run(folder / "run", folder / "out",
                                 {.format = "wav", .protocol = "codecfake_plus", .codecs = {}, .splits = {"train"}});
  CHECK(report.utterances == 5);
  CHECK(bytes_of(folder / "out" / "train.txt") ==
        "p225 p225_101 - REAL REAL REAL bonafide\np225 p225_101_DAC24 - SEM FREQ SQ spoof\n"
        "p225 p225_101_Encodec_6b24k - Trad TIME MVQ spoof\np225 p225_102 - REAL REAL REAL bonafide\n"
        "p225 p225_102_Encodec_6b24k - Trad TIME MVQ spoof\n");
  CHECK_FALSE(fs::exists(folder / "out" / "eval.txt"));
  CHECK((samples_in(folder / "out/train/wav/p225_101_DAC24.wav") == utterance(1, 2000).audio));
  const auto lines = read_protocol(folder / "out" / "train.txt");
  CHECK(lines[2].system == "Encodec_6b24k");
  CHECK(lines[2].auxiliary == "Trad");
}

TEST_CASE("only the chosen codecs and splits are exported, and unknown ones told") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  ExportOptions options;
  options.codecs = {"bonafide", "DAC24"};
  options.splits = {"train"};
  CHECK(export_run(folder / "run", folder / "out", options).utterances == 3);
  const auto told = [&](const ExportOptions& wrong) {
    return sentence_of([&] { export_run(folder / "run", folder / "out", wrong); });
  };
  const std::string run = (folder / "run").string();
  CHECK(told({.codecs = {"DAC23"}, .splits = {}}) == run + ": has no shards of codec 'DAC23'; did you mean 'DAC24'?");
  CHECK(told({.codecs = {}, .splits = {"dev"}}) == run + ": has no shards of split 'dev'; known: eval, train");
  CHECK(told({.format = "mp3", .codecs = {}, .splits = {}}) == "unknown export format 'mp3'; known: wav, flac");
  CHECK(told({.protocol = "asv", .codecs = {}, .splits = {}}).starts_with("unknown export protocol 'asv'"));
  CHECK(has(sentence_of([&] { export_run(folder / "none", folder / "out", {}); }), "none: holds no folder 'shards'"));
}

TEST_CASE("an export goes on: whole files are kept, others made again") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  struct Stop {};
  CHECK_THROWS_AS(export_run(folder / "run", folder / "out", {},
                             [](std::size_t done, std::size_t) {
                               if (done == 3) throw Stop();
                             }),
                  Stop);
  CHECK_FALSE(fs::exists(folder / "out" / "train.txt"));
  const fs::path kept = folder / "out/train/flac/p225_101_DAC24.flac";
  const fs::path cut = folder / "out/train/flac/p225_101_Encodec_6b24k.flac";
  REQUIRE(fs::exists(kept));
  const auto long_ago = fs::last_write_time(kept) - std::chrono::hours(1);
  fs::last_write_time(kept, long_ago);
  write_file(cut, bytes_of(kept).substr(0, 40));
  export_run(folder / "run", folder / "out", {});
  CHECK(fs::last_write_time(kept) == long_ago);
  CHECK((samples_in(cut) == utterance(1, 2000).audio));
  CHECK(fs::exists(folder / "out" / "train.txt"));
}

TEST_CASE("what an earlier export wrote is kept only where it is what would be written now") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  CHECK(export_run(folder / "run", folder / "out", {}).written == 6);
  CHECK(export_run(folder / "run", folder / "out", {}).written == 0);
  // The same length, other samples: an older run's.
  ShardUtterance other = utterance(1, 2000);
  for (auto& sample : other.audio) sample = static_cast<int16_t>(sample / 2);
  write_shard(folder / "run/shards/Encodec_6b24k/train/00000.h5", encodec_attributes(), {other});
  CHECK(export_run(folder / "run", folder / "out", {}).written == 1);
  CHECK((samples_in(folder / "out/train/flac/p225_101_Encodec_6b24k.flac") == other.audio));
  // A file cut in half, its header whole.
  const fs::path cut = folder / "out/train/flac/p225_101_DAC24.flac";
  const std::string whole = bytes_of(cut);
  write_file(cut, whole.substr(0, whole.size() / 2));
  CHECK(export_run(folder / "run", folder / "out", {}).written == 1);
  CHECK(bytes_of(cut) == whole);
}

TEST_CASE("an utterance whose name is too long for a file is left out alone, and the protocols are written") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  ShardUtterance longest = utterance(1, 2000);
  longest.utterance_id = std::string(250, 'x');
  write_shard(folder / "run/shards/DAC24/train/00002.h5", encodec_attributes(), {longest, utterance(3, 2000)});
  const auto report = export_run(folder / "run", folder / "out", {});
  CHECK(report.utterances == 7);
  REQUIRE(report.faults.size() == 1);
  CHECK(has(report.faults[0], "is too long for the name of a file"));
  CHECK(report.protocols.size() == 2);
}

TEST_CASE("shards of the ledger count, and whole ones only") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  {
    Ledger ledger(folder / "run" / ledger_file);
    LedgerRecord record;
    for (const char* shard : {"bonafide/train/00000", "Encodec_6b24k/train/00000"}) {
      record.unit = "shards/" + std::string(shard);
      record.outputs = {measure_output(folder / "run", record.unit + ".h5")};
      ledger.append(record);
    }
  }
  CHECK(export_run(folder / "run", folder / "all", {}).utterances == 3);
  std::string bytes = bytes_of(folder / "run/shards/Encodec_6b24k/train/00000.h5");
  bytes[bytes.size() / 3] ^= 4;
  write_file(folder / "run/shards/Encodec_6b24k/train/00000.h5", bytes);
  const auto report = export_run(folder / "run", folder / "out", {});
  CHECK(report.utterances == 2);
  REQUIRE(report.faults.size() == 1);
  CHECK(has(report.faults[0], "Encodec_6b24k/train/00000.h5: damaged"));
  CHECK(has(damage_of(folder / "run/shards/Encodec_6b24k/train/00000.h5"), "damaged"));
  CHECK(damage_of(folder / "run/shards/bonafide/train/00000.h5").empty());
}

TEST_CASE("a damaged shard is a fault, and the rest is exported") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  write_file(folder / "run/shards/DAC24/train/00000.h5", "not HDF5 at all, by no means");
  const auto report = export_run(folder / "run", folder / "out", {});
  CHECK(report.utterances == 5);
  REQUIRE(report.faults.size() == 1);
  CHECK(has(report.faults[0], "00000.h5: not an HDF5 file"));
}

TEST_CASE("a name that would leave the output folder is a fault") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  ShardUtterance escaping = utterance(1);
  escaping.utterance_id = "../../p225_101";
  write_shard(folder / "run/shards/DAC24/train/00002.h5", encodec_attributes(), {escaping});
  const auto report = export_run(folder / "run", folder / "out", {});
  CHECK(report.utterances == 6);
  REQUIRE(report.faults.size() == 1);
  CHECK(has(report.faults[0], "cannot be part of a file name"));
}

TEST_CASE("shards of a run are found by their numbers") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  CHECK(FinishedFiles(folder / "run").shards().size() == 5);
}
