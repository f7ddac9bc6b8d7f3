// cfo-bench as users meet it: what it prints, not how fast this machine is.
#include <ATen/ATen.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/measure/slowest_layers.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/fitted_tables.h"
#include "tests/support/made_run.h"
#include "tests/support/programs.h"

namespace {

using namespace cfo;
using namespace cfo::test;

nlohmann::json json_of(const Outcome& outcome) {
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  return nlohmann::json::parse(outcome.out);
}

}  // namespace

TEST_CASE("cfo-bench describes itself") { check_describes_itself(TemporaryFolder(), "cfo-bench"); }

TEST_CASE("cfo-bench refuses what it cannot do in one line") {
  const TemporaryFolder folder;
  check_refused(run_in(folder, "cfo-bench"), "subcommand");
  check_refused(run_in(folder, "cfo-bench codek"), "unknown command 'codek'; did you mean 'codec'?");
  check_refused(run_in(folder, "cfo-bench codec mdct_vq --repeet 2"), "did you mean '--repeat'?");
  check_refused(run_in(folder, "cfo-bench codec mdct_vq --seconds -1"), "--seconds");
  check_refused(run_in(folder, "cfo-bench codec mdct_vk"), "did you mean 'mdct_vq'?");
  check_refused(run_in(folder, "cfo-bench codec mdct_vq"), "give --tables");
  check_refused(run_in(folder, "cfo-bench codec Encodec_6b24k --weights-like nowhere"), "nowhere/manifest.json");
  check_refused(run_in(folder, "cfo-bench load nowhere.pt"), "nowhere.pt: no such checkpoint");
  check_refused(run_in(folder, "cfo-bench load Encodec_6b24k --weights-like nowhere"), "nowhere/manifest.json");
  check_refused(run_in(folder, "cfo-bench graph nowhere"), "nowhere: no such graph file");
  check_refused(run_in(folder, "cfo-bench graph ."), "has no ledger");
}

TEST_CASE("cfo-bench codec --config builds the codec by other numbers than the card's") {
  const TemporaryFolder folder;
  std::ofstream(folder / "small.yaml") << "dimension: 5\n";
  std::ofstream(folder / "manifest.json") << R"({"seed": 1, "weights": [
    {"name": "any", "shape": [1], "lo": -1, "hi": 1}]})";
  const std::string command = "cfo-bench codec Encodec_6b24k --weights-like .";
  check_refused(run_in(folder, command), "[1024, 128]");
  check_refused(run_in(folder, command + " --config small.yaml"), "[1024, 5]");
  check_refused(run_in(folder, command + " --config nowhere.yaml"), "nowhere.yaml");
}

TEST_CASE("cfo-bench load writes a codec's shapes in three containers, which are read alike, and tells time and memory") {
  const TemporaryFolder folder;
  std::ofstream(folder / "manifest.json") << R"({"seed": 1, "weights": [
    {"name": "a.w", "shape": [1024, 300], "lo": -1, "hi": 1}, {"name": "b", "shape": [3], "lo": 0, "hi": 1}]})";
  // The network cannot be built from these, but the files are written and read before.
  check_refused(run_in(folder, "cfo-bench load Encodec_6b24k --weights-like . --keep kept"), "there is no tensor");
  const auto expected = storage::read_checkpoint(folder / "kept" / "seeded.safetensors");
  REQUIRE(expected.size() == 2);
  for (const auto* name : {"seeded.pt", "seeded_legacy.pt"}) {
    const auto tensors = storage::read_checkpoint(folder / "kept" / name);
    REQUIRE(tensors.size() == 2);
    for (const auto& [key, tensor] : expected) CHECK(at::equal(tensors.at(key), tensor));
    const auto json = json_of(run_in(folder, std::string("cfo-bench load kept/") + name + " --repeat 1 --json"));
    const auto& load = json.at("loads").at(0);
    CHECK(load.at("bytes") == std::filesystem::file_size(folder / "kept" / name));
    CHECK(load.at("stages").at("read").at("seconds").get<double>() > 0);
    CHECK(load.at("stages").at("read").at("peak_rss_bytes").get<int64_t>() > 1024 * 300 * 4 / 2);
  }
}

TEST_CASE("cfo-bench codec tells each stage, and one thread beside two") {
  const TemporaryFolder folder;
  write_tables(folder / "tables.safetensors", "mdct_vq");
  const auto json = json_of(run_in(
      folder, "cfo-bench codec mdct_vq --tables tables.safetensors --seconds 1 --repeat 1 --threads 1,2 --json"));
  CHECK(json.at("codec") == "mdct_vq");
  CHECK(json.at("audio_seconds_per_pass") == 1.0);
  REQUIRE(json.at("stages").size() == 4);
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) sum += json["stages"][i].at("wall_seconds").get<double>();
  CHECK(json["stages"][3].at("stage") == "total");
  CHECK(json["stages"][3].at("wall_seconds").get<double>() == doctest::Approx(sum));
  CHECK(json.at("peak").at("gflops").get<double>() > 0);
  REQUIRE(!json.at("slowest_layers").empty());
  CHECK(json["slowest_layers"][0].at("share").get<double>() > 0);
  REQUIRE(json.at("scaling").size() == 2);
  CHECK(json["scaling"][1].at("threads") == 2);
  CHECK(json["scaling"][1].at("audio_seconds_per_wall_second").get<double>() > 0);
}

TEST_CASE("cfo-bench detector times scoring and training") {
  const TemporaryFolder folder;
  check_refused(run_in(folder, "cfo-bench detector asist_l"), "did you mean 'aasist_l'?");
  const auto json = json_of(run_in(folder, "cfo-bench detector aasist_l --samples 8000 --repeat 1 --json"));
  CHECK(json.at("detector") == "aasist_l");
  CHECK(json.at("scoring").at("audio_seconds_per_pass") == 0.5);
  CHECK(json.at("training").at("audio_seconds_per_pass") == 1.0);
  for (const auto* pass : {"scoring", "training"}) CHECK(json.at(pass).at("audio_seconds_per_cpu_second") > 0);
}

TEST_CASE("cfo-bench quality times UTMOS") {
  const TemporaryFolder folder;
  check_refused(run_in(folder, "cfo-bench quality"), "--weights-like");
  const auto json = json_of(run_in(folder, "cfo-bench quality --seconds 0.5 --repeat 1 --json --weights-like " +
                                               std::string(CFO_SOURCE_DIR) + "/tests/golden/utmos22_strong"));
  CHECK(json.at("quality") == "utmos22_strong");
  CHECK(json.at("scoring").at("audio_seconds_per_pass") == 0.5);
  CHECK(json.at("scoring").at("audio_seconds_per_cpu_second") > 0);
}

TEST_CASE("cfo-bench codec builds a network at its published size from a list of shapes") {
  const TemporaryFolder folder;
  const std::string lists = std::string(CFO_SOURCE_DIR) + "/tests/full_size/lists.h5";
  check_refused(run_in(folder, "cfo-bench codec Encodec_6b24k --weights-like " + lists),
                "lists.h5: holds no list of the tensors of 'Encodec_6b24k'");
  const auto json = json_of(run_in(folder,
                                   "cfo-bench codec xcodec_hubert_libirispeech --seconds 0.5 --repeat 1 --threads 1 "
                                   "--json --weights-like " +
                                       lists));
  CHECK(json.at("codec") == "xcodec_hubert_libirispeech");
}

TEST_CASE("cfo-bench graph reads a run's ledger") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  const auto json = json_of(run_in(folder, "cfo-bench graph run --threads 1 --json"));
  CHECK(json.at("shards") == 4);
  CHECK(json.at("audio_seconds") == doctest::Approx(4 * made_utterances * made_seconds));
  CHECK(json.at("audio_seconds_per_wall_second").get<double>() == doctest::Approx(6.0 / 16));
  CHECK(json.at("audio_seconds_per_busy_second").get<double>() == doctest::Approx(6.0 / 20));
  REQUIRE(json.at("nodes").size() == 2);
  CHECK(json["nodes"][0].at("node") == "latent");
  CHECK(json["nodes"][0].at("busy_threads").get<double>() == doctest::Approx(12.0 / 16));
  CHECK(json["nodes"][0].at("share").get<double>() == doctest::Approx(0.6));
  CHECK(json["nodes"][0].at("wait_seconds_per_item").get<double>() == doctest::Approx(0.2));
  REQUIRE(json.at("tasks").size() == 1);
  CHECK(json["tasks"][0].at("wall_seconds") == doctest::Approx(1.5));
  // The codebooks are not in this run, so its codec's arithmetic is not known, and that is said.
  REQUIRE(json.at("not_counted").size() == 1);
  CHECK(has(json["not_counted"][0].get<std::string>(), "mdct_vq"));
}

TEST_CASE("cfo-bench graph runs a graph from nothing and leaves nothing behind") {
  const TemporaryFolder folder;
  for (int speaker = 1; speaker <= 3; ++speaker) {
    for (int number = 1; number <= 2; ++number) {
      const std::string name = "p00" + std::to_string(speaker);
      write_voice(
          folder / "corpus/wav48_silence_trimmed" / name / (name + "_00" + std::to_string(number) + "_mic1.flac"), 1,
          static_cast<unsigned>(10 * speaker + number));
    }
  }
  write_file(
      folder / "plain.yaml",
      "name: plain\n"
      "corpus: {root: " +
          (folder / "corpus").string() +
          ", validation: [p002], eval: [p003]}\n"
          "foreach: {split: [train, validation, eval]}\n"
          "nodes:\n"
          "  speech: {kind: load_corpus, split: $split}\n"
          "  plain: {kind: write_shards, from: speech, codec: bonafide, split: $split, folder: bonafide/$split}\n");
  ::setenv("TMPDIR", ".", 1);  // so that what it leaves behind would show below
  const auto outcome = run_in(folder, "cfo-bench graph plain.yaml --threads 1 --json");
  ::unsetenv("TMPDIR");
  const auto json = json_of(outcome);
  CHECK(json.at("utterances") == 6);
  CHECK(json.at("audio_seconds").get<double>() == doctest::Approx(6));
  CHECK(json.at("run").at("cpu_seconds").get<double>() > 0);
  const auto kept = json_of(run_in(folder, "cfo-bench graph plain.yaml --output kept --threads 1 --json"));
  CHECK(kept.at("utterances") == 6);
  CHECK(std::filesystem::exists(folder / "kept/shards/bonafide/train/00000.h5"));
  check_refused(run_in(folder, "cfo-bench graph plain.yaml --output kept"), "holds a run already");
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    CHECK_MESSAGE(entry.path().filename().string().rfind("cfo-bench-", 0) != 0, entry.path().string());
  }
}

TEST_CASE("the slowest layers are told by operator and weight shape, the slowest first") {
  const auto wave = at::ones({1, 64, 4000}), kernel = at::ones({64, 64, 9}), square = at::ones({8, 8});
  const auto layers = bench::slowest_layers(
      [&] {
        at::matmul(square, square);
        for (int i = 0; i < 3; ++i) at::conv1d(wave, kernel);
      },
      1);
  REQUIRE(layers.size() == 1);
  CHECK(layers.front().layer == "conv1d 64x64x9");
  CHECK(layers.front().share > 0.5);
  CHECK(layers.front().share <= 1);
}
