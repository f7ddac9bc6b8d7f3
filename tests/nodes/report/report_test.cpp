// The report of a small run whose numbers can be worked out by hand.
#include "nodes/report/report.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/durable_file.h"
#include "base/error.h"
#include "storage/run_folder/ledger.h"
#include "storage/run_folder/output_check.h"
#include "storage/shards/shard.h"
#include "storage/tables/scores.h"
#include "tests/support/table_lines.h"
#include "tests/support/temporary_folder.h"

// Last: glog, which libtorch may bring, has a CHECK of its own.
#include <doctest/doctest.h>

namespace {

using namespace cfo;
using test::has;
using test::lines_of;
using test::TemporaryFolder;
namespace fs = std::filesystem;

constexpr int64_t second = 16000;  // samples

struct ShardPlan {
  std::string codec, split, speaker;
  std::vector<double> snr_db;  ///< one utterance each, one second long; for bona fide only their number counts
};

void make_shard(const fs::path& run, const ShardPlan& plan) {
  const bool bona_fide = plan.codec == "bonafide";
  storage::ShardAttributes attributes;
  attributes.codec = plan.codec;
  attributes.split = plan.split;
  attributes.engine_version = "9.8.7";
  attributes.graph_digest = "feedfacecafebeef0000";
  if (!bona_fide) {
    attributes.family = "toy";
    attributes.quantizer = "SVQ";
    attributes.codec_sample_rate = 24000;
  }
  const fs::path folder = run / "shards" / plan.codec / plan.split;
  fs::create_directories(folder);
  storage::ShardWriter writer(folder / "00000.h5", attributes);
  for (std::size_t i = 0; i < plan.snr_db.size(); ++i) {
    storage::ShardUtterance utterance;
    utterance.utterance_id = fmt::format("{}_{:03}", plan.speaker, i + 1);
    utterance.speaker_id = plan.speaker;
    utterance.label = bona_fide ? storage::Label::bona_fide : storage::Label::spoof;
    utterance.audio.assign(second, 7);
    if (!bona_fide) utterance.measures = {{"snr_db", plan.snr_db[i]}, {"clipped", 2}};
    writer.add(utterance);
  }
  writer.finish();
}

void make_scores(const fs::path& run, const std::string& model, const std::string& test,
                 const std::vector<double>& values) {
  const bool bona_fide = test == "bonafide";
  std::vector<storage::Score> scores;
  for (std::size_t i = 0; i < values.size(); ++i) {
    scores.push_back(
        {fmt::format("p9_{:03}", i), test, bona_fide ? storage::Label::bona_fide : storage::Label::spoof, values[i]});
  }
  fs::create_directories(run / "scores" / model);
  storage::write_scores(run / "scores" / model / (test + ".txt"), scores);
}

/// Two codecs, "toy_a" and "toy_<b>", over two splits. The detector of toy_a parts its own codec wholly and takes two
/// of four utterances of the other for bona fide.
void make_run(const fs::path& run) {
  fs::create_directories(run);
  write_durably(run / "graph.yaml", "name: two & two\nseed: 1\n");
  make_shard(run, {"bonafide", "train", "p1", {0, 0, 0}});
  make_shard(run, {"bonafide", "eval", "p9", {0}});
  make_shard(run, {"toy_a", "train", "p1", {10, 12, 14}});
  make_shard(run, {"toy_a", "eval", "p9", {16}});
  make_shard(run, {"toy_<b>", "eval", "p9", {3}});
  make_scores(run, "toy_a", "bonafide", {1, 2, 3, 4});
  make_scores(run, "toy_a", "toy_a", {-4, -3, -2, -1});
  make_scores(run, "toy_a", "toy_<b>", {-2, -1, 2.5, 3.5});
  write_durably(
      run / "ledger",
      R"({"unit":"shards/toy_a/train/00000","kind":"write_shards","items":3,"seconds":3600,"wall":60,"cpu":90,)"
      R"("started":"2026-11-23T23:59:30Z","finished":"2026-11-24T00:00:30Z","engine":"9.8.7"})"
      "\n"
      R"({"unit":"shards/toy_a/eval/00000","kind":"write_shards","items":1,"seconds":3600,"wall":60,"cpu":90,)"
      R"("started":"2026-11-24T00:00:00Z","finished":"2026-11-24T00:01:30Z","engine":"9.8.7"})"
      "\n"
      R"({"unit":"scores/toy_a/to)");
  write_durably(run / "failures.tsv",
                "unit\tnode\titem\treason\nshards/toy_a/train/00000\tspeech\tp1_004\tp1_004.flac: <empty>\n");
  write_durably(run / "metrics.tsv",
                "unit\tnode\titems\tbatches\tbusy_s\twait_s\tqueue_max\n"
                "shards/toy_a/train/00000\tencode\t3\t2\t1.5\t0.5\t2\n"
                "shards/toy_a/eval/00000\tencode\t1\t1\t1.5\t0.5\t1\n"
                "shards/toy_a/eval/00000\tdecode\t4\t4\t1.0\t0\t3\n");
  fs::create_directories(run / "models/toy_a");
  write_durably(run / "models/toy_a/log.csv", "epoch,step,train_loss,validation_eer\n1,10,0.5,0.25\n2,20,0.25,0.125\n");
}

}  // namespace

TEST_CASE("the tables hold the run's numbers") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  report::write_report(folder / "run", folder / "run/report");

  CHECK(lines_of(folder / "run/report/splits.csv") ==
        std::vector<std::string>{"split,speakers,bona_fide_utterances,bona_fide_hours,spoofed_utterances,spoofed_hours",
                                 "train,1,3,0.000833333,3,0.000833333", "eval,1,1,0.000277778,2,0.000555556"});

  const auto codecs = lines_of(folder / "run/report/codecs.csv");
  REQUIRE(codecs.size() == 4);
  CHECK(codecs[1] == ",bonafide,,,,,,,,,,,4,0.00111111,,,0,,,0,,");
  // 3, then mean and sample deviation of 10, 12, 14, 16.
  CHECK(codecs[2] == ",toy_<b>,toy,toy,SVQ,,,24000,,,,,1,0.000277778,3,0,1,,,0,2,");
  CHECK(codecs[3] == ",toy_a,toy,toy,SVQ,,,24000,,,,,4,0.00111111,13,2.58199,4,,,0,8,");
}

TEST_CASE("error rates are those of the score files") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  report::write_report(folder / "run", folder / "run/report");
  const auto eers = lines_of(folder / "run/report/eer.csv");
  REQUIRE(eers.size() == 3);
  CHECK(eers[0] == "model,test,eer_percent,low_percent,high_percent,threshold,bona_fide,spoofed,min_tdcf,scores");
  CHECK(eers[1].starts_with("toy_a,toy_<b>,50,"));
  CHECK(eers[1].ends_with(",4,4,,scores/toy_a/toy_<b>.txt"));
  CHECK(eers[2] == "toy_a,toy_a,0,0,0,-1,4,4,,scores/toy_a/toy_a.txt");

  const auto models = lines_of(folder / "run/report/models.csv");
  REQUIRE(models.size() == 2);
  // Own 0 %, mean (0 + 50) / 2, others 50; pooled: rejecting 1 of 4 bona fide accepts 2 of 8 spoofed.
  CHECK(models[1].starts_with("toy_a,0,0,0,25,50,,25,"));
  CHECK(models[1].ends_with(",toy_a,toy_<b>,2"));
}

TEST_CASE("node times are summed over units, the busiest first") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  report::write_report(folder / "run", folder / "run/report");
  const auto nodes = lines_of(folder / "run/report/nodes.csv");
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[1] == "encode,4,3,3,0.75,1.33333,1,2");
  CHECK(nodes[2] == "decode,4,4,1,0.25,4,0,3");
}

TEST_CASE("the page says what the run is, and needs nothing from elsewhere") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  report::write_report(folder / "run", folder / "run/report");
  const std::string page = read_text(folder / "run/report/index.html");
  CHECK(has(page, "<h1>two &amp; two</h1>"));
  CHECK(has(page, "engine 9.8.7"));
  CHECK(has(page, "feedfacecafe<"));
  CHECK(has(page, "No speaker is in two splits."));
  CHECK(has(page, "13.0 <span class=\"sd\">± 2.6</span>"));
  CHECK(has(page, "trained on toy_a, tested on toy_&lt;b&gt;: EER 50.00 %"));
  CHECK(has(page, "p1_004.flac: &lt;empty&gt;"));
  CHECK(has(page, "epoch 2: 12.5"));
  // The units overlap: 23:59:30 to 00:01:30.
  CHECK(has(page, "<dd>2 min 00 s<small>3 min 00 s of CPU"));
  CHECK(has(page, "<dd>60×"));
  CHECK(has(page, "href=\"../failures.tsv\""));
  CHECK_FALSE(has(page, "toy_<b>"));
  CHECK_FALSE(has(page, "Not everything of this run could be used"));
  for (const char* outside : {"http", "//", "src=", "@import", "url("}) {
    CAPTURE(outside);
    CHECK_FALSE(has(page, outside));
  }
}

TEST_CASE("each figure stands in the page and in a file of its own") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  report::write_report(folder / "run", folder / "run/report");
  const std::string page = read_text(folder / "run/report/index.html");
  for (const char* name : {"eer_matrix.svg", "scores.svg", "training.svg"}) {
    CAPTURE(name);
    const std::string figure = read_text(folder / "run/report" / name);
    CHECK(figure.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\""));
    CHECK(figure.ends_with("</svg>\n"));
    CHECK_FALSE(has(figure, "nan"));
    CHECK(has(page, fmt::format("href=\"{}\"", name)));
    const auto pdf = fs::path(name).replace_extension(".pdf").string();
    CHECK(read_text(folder / "run/report" / pdf).starts_with("%PDF-"));
    CHECK(has(page, fmt::format("href=\"{}\"", pdf)));
  }
}

TEST_CASE("the same run gives the same bytes") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  report::write_report(folder / "run", folder / "run/report.partial");
  publish(folder / "run/report");
  report::write_report(folder / "run", folder / "run/again");
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder / "run/report")) {
    CAPTURE(entry.path().string());
    CHECK(read_text(entry.path()) == read_text(folder / "run/again" / entry.path().filename().string()));
    ++files;
  }
  CHECK(files == 24);
}

TEST_CASE("an empty run has a report that says what is missing") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "nothing yet");
  report::write_report(folder / "nothing yet", folder / "out");
  const std::string page = read_text(folder / "out/index.html");
  CHECK(has(page, "<h1>nothing yet</h1>"));
  CHECK(has(page, "No shards yet."));
  CHECK(has(page, "No scores yet"));
  CHECK(has(page, "No detector has been trained yet."));
  CHECK(has(page, "href=\"../nothing%20yet/ledger\""));
  CHECK_FALSE(fs::exists(folder / "out/eer_matrix.svg"));
  CHECK(lines_of(folder / "out/eer.csv").size() == 1);
}

TEST_CASE("what is broken in a run is told, and the rest is reported") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  write_durably(folder / "run/shards/toy_a/train/00001.h5", "not a shard");
  make_scores(folder / "run", "lonely", "toy_a", {1, 2});
  write_durably(folder / "run/scores/toy_a/bad.txt", "p1 toy_a spoof much\n");
  make_shard(folder / "run", {"toy_a", "validation", "p9", {1}});
  report::write_report(folder / "run", folder / "run/report");
  const std::string page = read_text(folder / "run/report/index.html");
  CHECK(has(page, "Not everything of this run could be used"));
  CHECK(has(page, "toy_a/train/00001.h5"));
  CHECK(has(page, "scores/lonely/toy_a.txt: no EER without bona fide scores"));
  CHECK(has(page, "scores/toy_a/bad.txt:1"));
  CHECK(has(page, "speaker p9 is in the splits eval and validation"));
  CHECK_FALSE(has(page, "No speaker is in two splits."));
  CHECK(lines_of(folder / "run/report/eer.csv").size() == 3);
}

TEST_CASE("a report of a run that failed in part says that it is incomplete; damaged files are named and left out") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  write_durably(folder / "run/failures.tsv",
                "unit\tnode\titem\treason\nmodels/toy_b\tcm\t-\ttold to fail\n"
                "scores/toy_b/toy_a\tscores\t-\twaits for models/toy_b, which failed\n");
  write_durably(folder / "run/remarks.tsv", "unit\tnode\titem\tremark\n-\tspeech\tp1_001\tis silent\n");
  {
    storage::Ledger ledger(folder / "run/ledger");
    storage::LedgerRecord record;
    record.unit = "shards/toy_a/eval/00000";
    record.outputs = {storage::measure_output(folder / "run", record.unit + ".h5")};
    ledger.append(record);
  }
  const fs::path shard = folder / "run/shards/toy_a/eval/00000.h5";
  std::string bytes = read_text(shard);
  bytes[bytes.size() / 2] ^= 1;
  write_durably(shard, bytes);
  report::write_report(folder / "run", folder / "run/report");
  const std::string page = read_text(folder / "run/report/index.html");
  CHECK(has(page, "this report is incomplete: 2 units could not be finished"));
  CHECK(has(page, "href=\"../remarks.tsv\""));
  CHECK(has(page, "shards/toy_a/eval/00000.h5: damaged"));
}

TEST_CASE("a test set with bona fide speech of its own is held against that") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  const std::vector<storage::Score> own = {{"g1", "bonafide", storage::Label::bona_fide, -10},
                                           {"g2", "generator", storage::Label::spoof, -20}};
  storage::write_scores(folder / "run/scores/toy_a/generator.txt", own);
  report::write_report(folder / "run", folder / "run/report");
  const auto eers = lines_of(folder / "run/report/eer.csv");
  REQUIRE(eers.size() == 4);
  CHECK(eers[3] == "toy_a,generator,0,0,0,-20,1,1,,scores/toy_a/generator.txt");
}

TEST_CASE("a run folder that is not there is an error") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(report::write_report(folder / "gone", folder / "out"),
                       doctest::Contains("gone: no such run folder; give the folder that cfo-run wrote"), Error);
}
