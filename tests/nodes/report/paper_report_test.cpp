// The paper's tables and figures, of a study small enough to work out by hand: detectors of two built-in codecs and
// both baselines on both codecs and on two generators.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "base/durable_file.h"
#include "nodes/networks/metrics/tdcf.h"
#include "nodes/report/gather/generators.h"
#include "nodes/report/gather/strata.h"
#include "nodes/report/report.h"
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

struct Spoken {
  double score, utmos;
};

/// mdct_vq is SVQ, mdct_rvq is MVQ, GPST's EnCodec is MVQ, SINGLECODEC's codec SVQ.
void add_test(const fs::path& run, const std::string& model, const std::string& test,
              const std::vector<Spoken>& bona_fide, const std::vector<Spoken>& spoofed) {
  std::vector<storage::Score> scores;
  for (const auto& one : bona_fide)
    scores.push_back({fmt::format("b{}", scores.size()), "bonafide", storage::Label::bona_fide, one.score});
  for (const auto& one : spoofed)
    scores.push_back({fmt::format("s{}", scores.size()), test, storage::Label::spoof, one.score});
  fs::create_directories(run / "scores" / model);
  storage::write_scores(run / "scores" / model / (test + ".txt"), scores);
}

/// The speech that add_test's scores are of.
void add_shard(const fs::path& run, const std::string& set, const std::string& split,
               const std::vector<Spoken>& bona_fide, const std::vector<Spoken>& spoofed) {
  storage::ShardAttributes attributes;
  attributes.codec = set;
  attributes.split = split;
  fs::create_directories(run / "shards" / set / split);
  storage::ShardWriter writer(run / "shards" / set / split / "00000.h5", attributes);
  std::size_t number = 0;
  for (const auto* part : {&bona_fide, &spoofed}) {
    for (const auto& one : *part) {
      storage::ShardUtterance utterance;
      utterance.utterance_id = fmt::format("{}{}", part == &bona_fide ? "b" : "s", number++);
      utterance.speaker_id = "p1";
      utterance.label = part == &bona_fide ? storage::Label::bona_fide : storage::Label::spoof;
      utterance.audio.assign(1600, 3);
      utterance.measures = {{"utmos", one.utmos}};
      writer.add(utterance);
    }
  }
  writer.finish();
}

const std::vector<Spoken> bona_fide = {{1, 4}, {2, 4}, {3, 4.2}, {4, 4.2}};
const std::vector<Spoken> vq = {{-4, 3}, {-3, 3}, {-2, 3}, {-1, 3}};
const std::vector<Spoken> rvq = {{-2, 3.5}, {-1, 3.5}, {2.5, 3.5}, {3.5, 3.5}};
const std::vector<Spoken> gpst_bona_fide = {{1, 2}, {2, 2}};
const std::vector<Spoken> gpst = {{5, 3.2}, {6, 3.6}, {-1, 2.9}, {-2, 1}};
const std::vector<Spoken> single_bona_fide = {{3, 4}, {4, 4}};
const std::vector<Spoken> single = {{0, 4}, {0.5, 4}};

/// Detectors mdct_vq, mdct_rvq (which scores everything 0 apart) and both baselines.
void make_study(const fs::path& run) {
  fs::create_directories(run);
  for (const std::string model : {"mdct_vq", "mdct_rvq", "asvspoof2019", "maskgct"}) {
    add_test(run, model, "bonafide", bona_fide, {});
    add_test(run, model, "mdct_vq", {}, model == "mdct_rvq" ? std::vector<Spoken>{{5, 3}, {6, 3}, {7, 3}, {8, 3}} : vq);
    add_test(run, model, "mdct_rvq", {}, rvq);
    add_test(run, model, "GPST", gpst_bona_fide, model == "maskgct" ? std::vector<Spoken>{{-1, 0}, {-2, 0}} : gpst);
    add_test(run, model, "SINGLECODEC", single_bona_fide, single);
  }
  add_shard(run, "bonafide", "eval", bona_fide, {});
  add_shard(run, "mdct_vq", "eval", {}, vq);
  add_shard(run, "mdct_rvq", "eval", {}, rvq);
  add_shard(run, "GPST", "eval", gpst_bona_fide, gpst);
}

/// The only line of a file that begins so.
std::string line_with(const fs::path& file, const std::string& start) {
  std::string found;
  for (const auto& line : lines_of(file)) {
    if (!line.starts_with(start)) continue;
    CHECK(found.empty());
    found = line;
  }
  CHECK_MESSAGE(!found.empty(), start, " is not in ", file.string());
  return found;
}

}  // namespace

TEST_CASE("tables I to IV count what the run has") {
  const TemporaryFolder folder;
  make_study(folder / "run");
  report::write_report(folder / "run", folder / "out");
  CHECK(line_with(folder / "out/table_1_datasets.csv", "run (this run)").starts_with("run (this run),2,2,2,2,"));
  // CR-EER (0 + 50) / 2. SG-EER: 50 on GPST (half of its speech is above all bona fide), 0 on SINGLECODEC.
  CHECK(line_with(folder / "out/table_2_codecs.csv", ",mdct_vq,") ==
        ",mdct_vq,\"MDCT, one codebook\",SVQ,None,Freq,16000,11,25,25");
  CHECK(line_with(folder / "out/table_3_generators.csv", "GPST,") == "GPST,EnCodec,MVQ,None,Time,Demo,40,2,4");
  CHECK(line_with(folder / "out/table_4_statistics.csv", "CoRS") == "CoRS speech,2,eval,4,4,8,1");
  CHECK(line_with(folder / "out/table_4_statistics.csv", "CoSG") == "CoSG speech,1,eval,0,6,6,");
}

TEST_CASE("table V names the baselines, the corresponding detector and the best others") {
  const TemporaryFolder folder;
  make_study(folder / "run");
  add_test(folder / "run", "Encodec_6b24k", "GPST", gpst_bona_fide, {{0, 0}, {1.5, 0}});
  report::write_report(folder / "run", folder / "out");
  CHECK(line_with(folder / "out/table_5_best.csv", "GPST,") ==
        "GPST,EnCodec,50,0,Encodec_6b24k,50,mdct_rvq,50,mdct_vq,50");
  CHECK(line_with(folder / "out/table_5_best.csv", "SINGLECODEC,") ==
        "SINGLECODEC,Single-Codec,0,0,,,mdct_rvq,0,mdct_vq,0");
  CHECK(lines_of(folder / "out/table_5_case.csv").at(1).starts_with("maskgct,,,,GPST,0,"));
}

TEST_CASE("table VI collects the test sets of a class and averages over the detectors of a class") {
  const TemporaryFolder folder;
  make_study(folder / "run");
  report::write_report(folder / "run", folder / "out");
  const auto table = folder / "out/table_6_strata.csv";
  CHECK(line_with(table, "CoRS,all,quantizer,SVQ,SVQ,") == "CoRS,all,quantizer,SVQ,SVQ,0,1,4,4");
  CHECK(line_with(table, "CoRS,all,quantizer,SVQ,MVQ,") == "CoRS,all,quantizer,SVQ,MVQ,50,1,4,4");
  CHECK(line_with(table, "CoRS,all,quantizer,MVQ,SVQ,") == "CoRS,all,quantizer,MVQ,SVQ,100,1,4,4");
  // Both codecs decode frequencies: 8 spoofed at one threshold. mdct_vq: 1 of 4 bona fide rejected, 2 of 8 spoofed
  // accepted; mdct_rvq: 2 of 4 and 5 of 8.
  CHECK(line_with(table, "CoRS,all,decoder,Freq,Freq,") == "CoRS,all,decoder,Freq,Freq,40.625,2,4,8");
  CHECK(line_with(folder / "out/strata.csv", "mdct_vq,CoRS,all,decoder,Freq,")
            .starts_with("mdct_vq,CoRS,all,decoder,Freq,25,"));
}

TEST_CASE("UTMOS limits leave out the spoofed speech that sounds worse, and no bona fide speech") {
  const TemporaryFolder folder;
  make_study(folder / "run");
  report::write_report(folder / "run", folder / "out");
  const auto table = folder / "out/table_6_strata.csv";
  CHECK(line_with(table, "CoSG,all,quantizer,SVQ,MVQ,") == "CoSG,all,quantizer,SVQ,MVQ,50,1,2,4");
  CHECK(line_with(table, "CoSG,3.0+,quantizer,SVQ,MVQ,") == "CoSG,3.0+,quantizer,SVQ,MVQ,100,1,2,2");
  CHECK(line_with(table, "CoSG,3.5+,quantizer,SVQ,MVQ,") == "CoSG,3.5+,quantizer,SVQ,MVQ,100,1,2,1");
  for (const auto& line : lines_of(table))
    CHECK_FALSE(line.starts_with("CoSG,3.0+,quantizer,SVQ,SVQ"));  // SINGLECODEC has no UTMOS
}

TEST_CASE("a stratum tells the error at the detector's one threshold, too") {
  report::ModelScores scores{"mdct_vq", {1, 2, 3, 4}, {}, {}};
  scores.tests.push_back({.test = "mdct_vq",
                          .file = "",
                          .generated = false,
                          .bona_fide = {},
                          .spoofed = {-4, -3, -2, -1},
                          .spoofed_ids = {}});
  scores.tests.push_back({.test = "mdct_rvq",
                          .file = "",
                          .generated = false,
                          .bona_fide = {},
                          .spoofed = {-2, -1, 2.5, 3.5},
                          .spoofed_ids = {}});
  const auto strata = report::strata_of(scores, {});
  REQUIRE(strata.front().attribute == "all");
  CHECK(strata.front().tests == 2);
  CHECK(strata.front().eer.value == doctest::Approx(0.25));
  CHECK(strata.front().eer.threshold == 1);  // rejects one of 4
  for (const auto& stratum : strata) {
    if (stratum.attribute != "quantizer") continue;
    CAPTURE(stratum.group);
    CHECK(stratum.eer.value == doctest::Approx(stratum.group == "SVQ" ? 0 : 0.5));
    CHECK(stratum.half_total ==
          doctest::Approx(stratum.group == "SVQ" ? 0.125 : 0.375));  // (1/4 + 0) / 2 and (1/4 + 2/4) / 2
  }
}

TEST_CASE("figures 5 and 6 are there, and say where their numbers are from") {
  const TemporaryFolder folder;
  make_study(folder / "run");
  report::write_report(folder / "run", folder / "out");
  const auto page = read_text(folder / "out/index.html");
  CHECK(has(page, "bona fide 4.100"));
  CHECK(has(page, "mdct_rvq: UTMOS 3.500, standard deviation 0.000, 4 utterances"));
  CHECK(has(page, "GPST: UTMOS 2.675, standard deviation 1.153, 4 utterances"));
  CHECK(has(page, "bona fide speech of GPST: UTMOS 2.000, standard deviation 0.000, 2 utterances"));
  CHECK(has(page, "trained on BL2 maskgct, tested on GPST: EER 0.00 %"));
  CHECK(has(page, "scores/maskgct/GPST.txt"));
  for (const char* file :
       {"quality.svg", "quality.pdf", "eer_matrix_cosg.svg", "eer_matrix_cosg.pdf", "eer_matrix.pdf"}) {
    CHECK(fs::exists(folder / "out" / file));
  }
  const auto codecs = line_with(folder / "out/codecs.csv", ",mdct_vq,");
  CHECK(has(codecs, ",3,0,4,"));
}

TEST_CASE("embeddings become maps whose points can be followed to their files") {
  const TemporaryFolder folder;
  make_study(folder / "run");
  for (const std::string test : {"GPST", "mdct_vq"}) {
    storage::Embeddings embeddings;
    embeddings.dimension = 3;
    for (int i = 0; i < 24; ++i) {
      const bool spoof = i % 2 == 1;
      embeddings.utterance_ids.push_back(fmt::format("{}_{}", test, i));
      embeddings.codecs.push_back(spoof ? test : "bonafide");
      embeddings.labels.push_back(spoof ? storage::Label::spoof : storage::Label::bona_fide);
      const auto step = static_cast<float>(i);
      for (const float value : {spoof ? 50 + step : step, std::sin(step), std::cos(step)})
        embeddings.values.push_back(value);
    }
    fs::create_directories(folder / "run/embeddings/maskgct");
    storage::write_embeddings(folder / "run/embeddings/maskgct" / (test + ".h5"), embeddings);
  }
  report::write_report(folder / "run", folder / "out");
  const auto points = lines_of(folder / "out/embeddings.csv");
  REQUIRE(points.size() == 25);
  CHECK(points[0] == "model,test,utterance_id,label,x,y");
  CHECK(points[1].starts_with("maskgct,GPST,GPST_0,bonafide,"));  // the generator of the case study, not a codec
  const auto page = read_text(folder / "out/index.html");
  CHECK(has(page, "embeddings/maskgct/GPST.h5"));
  CHECK(has(page, "<title>GPST_23</title>"));
  CHECK(has(page, "on GPST; KL divergence"));
  CHECK(fs::exists(folder / "out/embeddings.pdf"));
}

TEST_CASE("the t-DCF is told where an ASV system's scores are there") {
  const TemporaryFolder folder;
  make_study(folder / "run");
  fs::create_directories(folder / "run/asv");
  write_durably(folder / "run/asv/mdct_rvq.txt",
                "s target 3\ns target 2\ns target 0.5\ns nontarget -1\ns nontarget 1\nA07 spoof 2.5\nA07 spoof -2\n");
  write_durably(folder / "run/asv/mdct_vq.txt", "s target much\n");
  report::write_report(folder / "run", folder / "out");
  const std::vector<double> targets = {3, 2, 0.5}, others = {-1, 1}, spoofs = {2.5, -2};
  const std::vector<double> genuine = {1, 2, 3, 4}, spoofed = {-2, -1, 2.5, 3.5};
  const auto expected = metrics::min_tdcf_2019(genuine, spoofed, metrics::asv_rates(targets, others, spoofs)).value;
  CHECK(has(line_with(folder / "out/eer.csv", "mdct_vq,mdct_rvq,"),
            fmt::format(",4,4,{:.6g},scores/mdct_vq/mdct_rvq.txt", expected)));
  CHECK(has(line_with(folder / "out/eer.csv", "mdct_vq,mdct_vq,"), ",4,4,,scores/"));
  CHECK(
      has(read_text(folder / "out/index.html"), "asv/mdct_vq.txt:1: the score &#39;much&#39; is not a finite number"));
}

TEST_CASE("the list of generators is the paper's") {
  int64_t utterances = 0;
  for (const auto& generator : report::all_generators()) utterances += generator.published_utterances;
  CHECK(report::all_generators().size() == 17);
  CHECK(utterances == 1797);
  CHECK(report::find_generator("NS3")->title == "NaturalSpeech 3");
  CHECK(report::find_generator("Encodec_6b24k") == nullptr);
}

namespace {

/// Lines of a prediction file: the same utterance in the tasks bona_fide and quantizer.
void predict(const fs::path& run, const std::string& test, const std::vector<std::array<std::string, 2>>& said) {
  std::string text;
  for (const auto& [truth, predicted] : said) {
    const auto id = fmt::format("u{}", text.size());
    text += fmt::format("{} {} quantizer {} {} bonafide=0.25 MVQ=0.25 SVQ=0.25 SQ=0.25\n", id, test, truth, predicted);
    text += fmt::format("{} {} bona_fide {} spoof spoof=0.5 bonafide=0.5\n", id, test,
                        truth == "bonafide" ? "bonafide" : "spoof");
  }
  fs::create_directories(run / "predictions/all_codecs");
  write_durably(run / "predictions/all_codecs" / (test + ".txt"), text);
}

/// A detector of mdct_vq's and Encodec_6b24k's speech that names the quantizer.
void make_tracing(const fs::path& run) {
  predict(run, "bonafide", {{"bonafide", "bonafide"}, {"bonafide", "MVQ"}});
  predict(run, "mdct_vq", {{"SVQ", "SVQ"}, {"SVQ", "SVQ"}, {"SVQ", "MVQ"}, {"SVQ", "bonafide"}});
  predict(run, "Encodec_6b24k", {{"MVQ", "MVQ"}, {"MVQ", "MVQ"}});
  predict(run, "mdct_rvq", {{"-", "MVQ"}, {"-", "SQ"}});  // its card says MVQ
  predict(run, "GPST", {{"bonafide", "bonafide"}, {"-", "SVQ"}});
  predict(run, "unheard_of", {{"-", "SVQ"}});
  fs::create_directories(run / "models/all_codecs");
  write_durably(run / "models/all_codecs/model.yaml",
                "detector: aasist_l_d_vq\nsamples: 16000\nepoch: 2\nvalidation_eer: 0.1\nweights: a/b.pt\n"
                "weights_sha256: 0123456789abcdef\ncodecs: [mdct_vq, Encodec_6b24k]\n");
}

}  // namespace

TEST_CASE("source tracing: accuracy and F1 over the codecs of the training, others, generators, and each set") {
  const TemporaryFolder folder;
  make_study(folder / "run");
  make_tracing(folder / "run");
  report::write_report(folder / "run", folder / "out");
  const auto table = folder / "out/tracing.csv";
  // Truths: 2 bona fide, 4 SVQ, 2 MVQ. Right: 1, 2, 2. F1: bona fide 2/(2+2), SVQ 4/(4+2), MVQ 4/(2+4).
  CHECK(line_with(table, "all_codecs,quantizer,codecs of its training,") ==
        fmt::format("all_codecs,quantizer,codecs of its training,62.5,{:.6g},{:.6g},2,8,"
                    "predictions/all_codecs/bonafide.txt predictions/all_codecs/Encodec_6b24k.txt "
                    "predictions/all_codecs/mdct_vq.txt",
                    100 * (0.5 + 4.0 / 6 + 4.0 / 6) / 3, 100 * (2 * 0.5 + 6 * 4.0 / 6) / 8));
  // Others: 2 bona fide (one right), 2 MVQ by mdct_rvq's card (one right); what no card knows is left out.
  CHECK(line_with(table, "all_codecs,quantizer,other codecs,").starts_with("all_codecs,quantizer,other codecs,50,"));
  CHECK(has(line_with(table, "all_codecs,quantizer,other codecs,"), ",2,4,predictions/"));
  CHECK(line_with(table, "all_codecs,quantizer,generators,").starts_with("all_codecs,quantizer,generators,50,"));
  CHECK(line_with(table, "all_codecs,quantizer,mdct_vq,") ==
        "all_codecs,quantizer,mdct_vq,50,,,1,4,predictions/all_codecs/mdct_vq.txt");
  CHECK(line_with(table, "all_codecs,bona_fide,mdct_vq,").starts_with("all_codecs,bona_fide,mdct_vq,100,"));
  const auto confusion = folder / "out/tracing_confusion.csv";
  CHECK(line_with(confusion, "all_codecs,quantizer,codecs of its training,SVQ,MVQ,") ==
        "all_codecs,quantizer,codecs of its training,SVQ,MVQ,1,25");
  const auto page = read_text(folder / "out/index.html");
  CHECK(has(page, "all_codecs: quantizer: SVQ: taken for MVQ 1 times of 4, 25.00 %"));
  CHECK(has(page, "all_codecs: quantizer, mdct_vq: taken for SVQ 2 times of 4, 50.00 %"));
  for (const char* file : {"tracing.svg", "tracing.pdf", "tracing_sets.svg", "tracing_sets.pdf"})
    CHECK(fs::exists(folder / "out" / file));
}

TEST_CASE("a detector of several codecs is no codec, and no rival of the detectors of one") {
  const TemporaryFolder folder;
  make_study(folder / "run");
  make_tracing(folder / "run");
  add_test(folder / "run", "all_codecs", "bonafide", bona_fide, {});
  add_test(folder / "run", "all_codecs", "mdct_vq", {}, vq);
  add_test(folder / "run", "all_codecs", "GPST", gpst_bona_fide, {{-1, 0}, {-2, 0}});
  report::write_report(folder / "run", folder / "out");
  CHECK(line_with(folder / "out/eer.csv", "all_codecs,mdct_vq,").starts_with("all_codecs,mdct_vq,0,"));
  CHECK(line_with(folder / "out/table_1_datasets.csv", "run (this run)").starts_with("run (this run),2,2,2,2,"));
  CHECK_FALSE(has(read_text(folder / "out/table_2_codecs.csv"), "all_codecs"));
  CHECK_FALSE(has(read_text(folder / "out/table_5_best.csv"), "all_codecs"));
}

TEST_CASE("the weights that a run used are listed with their digests and who noted them") {
  const TemporaryFolder folder;
  make_study(folder / "run");
  make_tracing(folder / "run");
  storage::ShardAttributes attributes;
  attributes.codec = "Encodec_6b24k";
  attributes.split = "eval";
  attributes.weights_digest = "c0dec";
  fs::create_directories(folder / "run/shards/Encodec_6b24k/eval");
  storage::ShardWriter writer(folder / "run/shards/Encodec_6b24k/eval/00000.h5", attributes);
  storage::ShardUtterance utterance;
  utterance.utterance_id = "u";
  utterance.speaker_id = "p1";
  utterance.audio.assign(1600, 3);
  utterance.measures = {{"utmos", 3}};
  writer.add(utterance);
  writer.note_weights("utmos", "beef");
  writer.finish();
  report::write_report(folder / "run", folder / "out");
  CHECK(lines_of(folder / "out/weights.csv") ==
        std::vector<std::string>{"what,name,used_by,sha256,noted_in",
                                 "codec,Encodec_6b24k,shards/Encodec_6b24k,c0dec,shards/Encodec_6b24k/eval/00000.h5",
                                 "UTMOS,utmos22_strong,measures/utmos,beef,shards/Encodec_6b24k/eval/00000.h5",
                                 "aasist_l_d_vq,a/b.pt,all_codecs,0123456789abcdef,models/all_codecs/model.yaml"});
  CHECK(has(read_text(folder / "out/index.html"), "SHA-256 0123456789abcdef"));
}

TEST_CASE("damaged predictions and model descriptions become remarks") {
  const TemporaryFolder folder;
  make_study(folder / "run");
  make_tracing(folder / "run");
  write_durably(folder / "run/predictions/all_codecs/DAC24.txt", "u DAC24 quantizer MVQ MVQ MVQ=2 SVQ=0\n");
  write_durably(folder / "run/predictions/all_codecs/snac_24khz.txt", "u snac_24khz quantizer A A A=1 B=0\n");
  write_durably(folder / "run/models/all_codecs/model.yaml", "detector: [\n");
  report::write_report(folder / "run", folder / "out");
  const auto page = read_text(folder / "out/index.html");
  CHECK(has(page, "DAC24.txt:1: &#39;MVQ=2&#39; is not CLASS=PROBABILITY"));
  CHECK(has(page, "snac_24khz.txt: task &#39;quantizer&#39; has other classes than"));
  CHECK(has(page, "model.yaml:"));
  CHECK(fs::exists(folder / "out/tracing.svg"));
}
