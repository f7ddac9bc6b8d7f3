// The paper's study in small, graphs/full_omni.yaml itself, from nothing to the report: all 31 codec models with the
// weights of their golden records in the official containers at the official places, a shrunk XLS-R, and made-up speech
// for the corpus, the generators and the baselines. UTMOS stays out: its record is as large as the model.
#include <fmt/format.h>

#include "storage/run_folder/ledger.h"
#include "storage/tables/predictions.h"
#include "storage/tables/scores.h"
#include "tests/support/programs.h"
#include "tests/support/published_files.h"
#include "tests/support/skip.h"
#include "tests/support/table_lines.h"

namespace {

using namespace cfo;
using namespace cfo::test;

constexpr double seconds = 0.5;
constexpr std::size_t codec_count = 31;
const std::vector<std::string> generators = {
    "ELLAV", "VALLE", "GPST", "UNIAUDIO",      "TACOLM",        "SPEECHX", "RALLE",       "CLAMTTS", "VIOLA",
    "NS2",   "NS3",   "USLM", "SIMPLESPEECH1", "SIMPLESPEECH2", "TI1G1R",  "SINGLECODEC", "MASKGCT"};

/// The codec models of the paper.
std::vector<codecs::Card> published_models() {
  std::vector<codecs::Card> cards;
  for (const auto& card : codecs::all_cards()) {
    if (!card.letter.empty()) cards.push_back(test::recorded_card(card.name));
  }
  return cards;
}

/// One sentence a speaker, two of the one to train on.
const std::vector<std::string> utterances = {"p225/p225_001", "p225/p225_002", "p226/p226_001", "p227/p227_001",
                                             "p228/p228_001"};

void make_vctk(const fs::path& root) {
  unsigned seed = 0;
  for (const auto& name : utterances)
    write_voice(root / "wav48_silence_trimmed" / (name + "_mic1.flac"), seconds, ++seed, 48000);
}

/// Of each generator two bona fide prompts and two things that it said: four points are the least for a map of them.
void make_cosg(const fs::path& root) {
  std::string protocol;
  unsigned seed = 100;
  for (const auto& generator : generators) {
    for (const std::string id : {"prompt1", "prompt2", "said1", "said2"}) {
      write_voice(root / (generator + "__" + id + ".flac"), seconds, ++seed, 24000);
      protocol += fmt::format("{} {} - - - - {}\n", generator, id, id.starts_with("said") ? "spoof" : "bonafide");
    }
  }
  write_file(root / "CoSG_ALL.txt", protocol);
}

void make_asvspoof(const fs::path& root) {
  unsigned seed = 200;
  for (const auto& [part, letter, list] : {std::tuple{"train", 'T', "train.trn"}, std::tuple{"dev", 'D', "dev.trl"}}) {
    std::string protocol;
    for (const std::string attack : {"-", "A01"}) {
      const std::string id = fmt::format("LA_{}_{}", letter, ++seed);
      write_voice(root / fmt::format("ASVspoof2019_LA_{}", part) / "flac" / (id + ".flac"), seconds, seed);
      protocol += fmt::format("LA_0079 {} - {} {}\n", id, attack, attack == "-" ? "bonafide" : "spoof");
    }
    write_file(root / "ASVspoof2019_LA_cm_protocols" / fmt::format("ASVspoof2019.LA.cm.{}.txt", list), protocol);
  }
}

void make_maskgct(const fs::path& root) {
  unsigned seed = 300;
  for (const auto& name : utterances) write_voice(root / (name + ".wav"), seconds, ++seed, 24000);
}

std::map<std::string, std::string> make_inputs(const TemporaryFolder& folder) {
  make_vctk(folder / "vctk");
  make_cosg(folder / "cosg");
  make_asvspoof(folder / "asvspoof");
  make_maskgct(folder / "maskgct");
  copy_cards(folder / "cards");
  TorchWriter python;
  for (const auto& card : published_models()) write_files(python, folder / "weights", card);
  return {{"CFO_CODECS", (folder / "cards").string()},
          {"CFO_WEIGHTS", (folder / "weights").string()},
          {"VCTK_ROOT", (folder / "vctk").string()},
          {"COSG_ROOT", (folder / "cosg").string()},
          {"COSG_PROTOCOL", (folder / "cosg/CoSG_ALL.txt").string()},
          {"ASVSPOOF_ROOT", (folder / "asvspoof").string()},
          {"MASKGCT_ROOT", (folder / "maskgct").string()}};
}

std::string command() {
  std::string text = "cfo-run " CFO_SOURCE_DIR "/graphs/full_omni.yaml --quiet --output run";
  for (const auto* setting :
       {"training.detector=w2v2_aasist_shrunk", "training.start_from=", "training.epochs=1", "training.samples=8000",
        "training.learning_rate=0.001", "corpus.validation=[p226]", "wave_mos.splits=[]", "plain_mos.splits=[]",
        "said_mos.splits=[]", "tracing.detector=w2v2_aasist_shrunk_m1", "tracing.epochs=1"})
    text += fmt::format(" --set '{}'", setting);
  return text;
}

/// Node -> its units in the run's ledger. Each is done, and no item of it failed.
std::map<std::string, std::size_t> units_of(const fs::path& run) {
  std::map<std::string, std::size_t> units;
  for (const auto& [name, record] : storage::read_ledger(run / "ledger")) {
    ++units[record.node];
    CHECK_MESSAGE(record.failed == 0, name);
  }
  return units;
}

/// Every score file of a detector: on each codec, each generator and bona fide speech, with the utterances expected.
void check_scores(const fs::path& folder, const std::vector<codecs::Card>& models) {
  CAPTURE(folder.string());
  for (const auto& card : models) {
    const auto scores = storage::read_scores(folder / (card.name + ".txt"));
    CHECK(scores.size() == 2);
    for (const auto& score : scores) CHECK(score.codec == card.name);
  }
  CHECK(storage::read_scores(folder / "bonafide.txt").size() == 2);
  for (const auto& generator : generators) {
    std::size_t bona_fide = 0;
    const auto scores = storage::read_scores(folder / (generator + ".txt"));
    for (const auto& score : scores) bona_fide += score.label == storage::Label::bona_fide ? 1 : 0;
    CHECK(scores.size() == 4);
    CHECK(bona_fide == 2);
  }
}

/// The rows of a table of the report, as lines.
std::vector<std::string> rows_of(const fs::path& table) {
  auto rows = lines_of(table);
  REQUIRE(!rows.empty());
  rows.erase(rows.begin());  // the names of the columns
  return rows;
}

void check_report(const fs::path& report) {
  const auto datasets = rows_of(report / "table_1_datasets.csv");
  REQUIRE(datasets.size() == 3);
  CHECK(has(datasets.front(), ",31,17,21,"));
  const auto codec_rows = rows_of(report / "table_2_codecs.csv");
  CHECK(codec_rows.size() == codec_count);
  for (const auto& row : codec_rows) CHECK_FALSE(row.ends_with(","));  // each with its SG-EER
  for (const auto& row : rows_of(report / "table_3_generators.csv")) CHECK(row.ends_with(",2,2"));
  CHECK(rows_of(report / "table_3_generators.csv").size() == generators.size());
  CHECK(rows_of(report / "table_4_statistics.csv") ==
        std::vector<std::string>{"CoRS speech,31,train,2,2,4,1", "CoRS speech,31,validation,1,1,2,1",
                                 "CoRS speech,31,eval,2,2,4,2", "CoSG speech,17,eval,0,4,4,"});
  CHECK(rows_of(report / "table_5_best.csv").size() == generators.size());
  CHECK(rows_of(report / "table_5_case.csv").size() == codec_count + 2);
  // classes of the detectors' codecs x classes of the tests: 3 quantizers, 3 auxiliary objectives, 2 decoders, twice
  CHECK(rows_of(report / "table_6_strata.csv").size() == 2 * (9 + 9 + 4));
  for (const auto* figure : {"eer_matrix", "eer_matrix_cosg", "scores", "embeddings", "training"}) {
    CHECK_MESSAGE(fs::exists(report / fmt::format("{}.svg", figure)), figure);
    CHECK_MESSAGE(fs::exists(report / fmt::format("{}.pdf", figure)), figure);
  }
  CHECK(has(bytes_of(report / "index.html"), "bigcodec"));
}

/// What the detector of all codecs says of each of them, and what the report makes of it.
void check_tracing(const fs::path& run, const std::vector<codecs::Card>& models) {
  for (const auto& card : models) {
    const auto predictions = storage::read_predictions(run / "predictions/all_codecs" / (card.name + ".txt"));
    CHECK(predictions.size() == 2 * 4);
    for (const auto& one : predictions) {
      if (one.task == "quantizer") CHECK(one.truth == card.quantizer);
      if (one.task == "auxiliary") CHECK(one.truth == card.auxiliary);
      if (one.task == "decoder") CHECK(one.truth == card.decoder);
    }
  }
  const auto rows = rows_of(run / "report/tracing.csv");
  // Of each task the codecs of the training (few: its classes are even), the others, the generators, and each set.
  CHECK(rows.size() == 4 * (3 + codec_count + 1 + generators.size()));
  for (const auto& row : rows) {
    if (has(row, ",quantizer,generators,")) CHECK(has(row, ",17,68,"));  // each with its true class
  }
  CHECK(fs::exists(run / "report/tracing.svg"));
}

}  // namespace

TEST_CASE("the full study runs from nothing to the report with the models' own files") {
  if (!has_torch()) {
    skip("/usr/bin/python3 has no torch to write a checkpoint with (scripts/install_packages.sh --test)");
    return;
  }
  const FoldersInMemory in_memory(7 * gigabyte);
  const TemporaryFolder folder;
  const auto models = published_models();
  REQUIRE(models.size() == codec_count);
  const auto environment = make_inputs(folder);
  const Outcome outcome = run_in(folder, command(), environment);
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  CHECK_FALSE(has(outcome.err, "without"));
  CHECK(units_of(folder / "run") == std::map<std::string, std::size_t>{{"bonafide", 3},
                                                                       {"spoof", 93},
                                                                       {"generated", 17},
                                                                       {"asv_train_set", 1},
                                                                       {"asv_dev_set", 1},
                                                                       {"maskgct_set", 3},
                                                                       {"cm", 31},
                                                                       {"baseline_asvspoof", 1},
                                                                       {"baseline_maskgct", 1},
                                                                       {"scores", 961},
                                                                       {"bonafide_scores", 31},
                                                                       {"generated_scores", 527},
                                                                       {"asvspoof_scores", 31},
                                                                       {"asvspoof_bonafide_scores", 1},
                                                                       {"asvspoof_generated_scores", 17},
                                                                       {"maskgct_scores", 31},
                                                                       {"maskgct_bonafide_scores", 1},
                                                                       {"maskgct_generated_scores", 17},
                                                                       {"tracing", 1},
                                                                       {"tracing_scores", 31},
                                                                       {"tracing_bonafide_scores", 1},
                                                                       {"tracing_generated_scores", 17},
                                                                       {"report", 1}});
  for (const auto& card : models) check_scores(folder / "run/scores" / card.name, models);
  for (const std::string baseline : {"asvspoof2019", "maskgct"}) check_scores(folder / "run/scores" / baseline, models);
  check_scores(folder / "run/scores/all_codecs", models);
  check_tracing(folder / "run", models);
  check_report(folder / "run/report");
}
