// train and score on an easy task: bona fide speech against speech with a buzz. A training that is broken off ends with
// the same bytes.
#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "base/digest.h"
#include "base/durable_file.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/labelled_speech.h"
#include "nodes/kinds/shared/model_folder.h"
#include "nodes/networks/metrics/eer.h"
#include "storage/checkpoint/checkpoint.h"
#include "storage/tables/predictions.h"
#include "storage/tables/scores.h"
#include "tests/support/kind_support.h"

using namespace cfo;

namespace {

constexpr int64_t rate = 16000;

std::vector<int16_t> utterance(int number, bool buzzing) {
  auto samples = test::voice(0.2 + 0.02 * (number % 5), rate, 100 + 7 * number, static_cast<uint64_t>(number));
  for (std::size_t i = 0; buzzing && i < samples.size(); ++i) samples[i] += i % 4 < 2 ? 0.3F : -0.3F;  // 4 kHz
  return storage::to_pcm16(samples).samples;
}

engine::Artifact write_shard(const std::filesystem::path& file, const std::string& codec, const std::string& split,
                             int first, int count, int64_t sample_rate = rate) {
  const bool spoof = codec != "bonafide";
  storage::ShardAttributes attributes;
  attributes.codec = codec;
  attributes.split = split;
  attributes.sample_rate = sample_rate;
  if (spoof)
    std::tie(attributes.quantizer, attributes.auxiliary, attributes.decoder) = std::tuple("MVQ", "None", "Freq");
  storage::ShardWriter shard(file, attributes);
  for (int number = first; number < first + count; ++number) {
    shard.add({.utterance_id = "u" + std::to_string(number),
               .speaker_id = "s",
               .label = spoof ? storage::Label::spoof : storage::Label::bona_fide,
               .audio = utterance(number, spoof),
               .codes = {},
               .measures = {}});
  }
  shard.finish();
  return {.node = codec, .kind = "write_shards", .bindings = {{"split", split}}, .files = {file}};
}

/// Shards of both classes and all splits; `eval` must not be trained on.
struct Shards {
  explicit Shards(const test::TemporaryFolder& folder) {
    for (const auto& [split, first, count] : {std::tuple{"train", 0, 12}, {"validation", 20, 6}, {"eval", 30, 8}}) {
      spoof.push_back(write_shard(folder / (std::string("spoof_") + split + ".h5"), "mdct_rvq", split, first, count));
      bona_fide.push_back(
          write_shard(folder / (std::string("bonafide_") + split + ".h5"), "bonafide", split, first, count));
    }
  }
  std::vector<engine::Artifact> spoof, bona_fide;
};

test::Values recipe() {
  return {{"detector", std::string("aasist_l")},
          {"epochs", int64_t{3}},
          {"batch", int64_t{6}},
          {"samples", int64_t{4000}},
          {"learning_rate", 2e-3},
          {"folder", std::string("auto")}};
}

/// The same with few steps: two and four validated utterances an epoch.
test::Values short_recipe() {
  auto values = recipe();
  for (const auto& [name, value] : test::Values{{"epochs", int64_t{2}},
                                                {"batch", int64_t{4}},
                                                {"samples", int64_t{2400}},
                                                {"limit", int64_t{4}},
                                                {"validation_limit", int64_t{2}}}) {
    values.emplace_back(name, value);
  }
  return values;
}

/// A train task on its way.
class Train {
 public:
  Train(const test::TemporaryFolder& folder, const std::string& name, const Shards& shards,
        const test::Values& values = recipe())
      : task(kind_, values, folder / ("run_" + name), {folder / name}) {
    task.context.inputs = {{"spoof", shards.spoof}, {"bona_fide", shards.bona_fide}};
  }

 private:
  engine::Kind kind_ = kinds::train_kind();

 public:
  test::RunningTask task;
};

std::string digest_of_model(const std::filesystem::path& folder) {
  Digest digest;
  for (const auto* name : {"model.safetensors", "model.yaml", "log.csv"}) digest.field(read_text(folder / name));
  return digest.hex();
}

/// Stops the task at the `steps`-th time that it tells of its progress.
void stop_after(test::RunningTask& task, int steps) {
  task.on_progress = [&task, left = steps](const std::string&) mutable {
    if (--left == 0) task.stop = true;
  };
}

}  // namespace

TEST_CASE("train learns an easy task, and score finds what it learned") {
  const test::TemporaryFolder folder;
  const Shards shards(folder);
  Train train(folder, "model", shards);
  train.task.run();
  CHECK(std::is_sorted(train.task.fractions.begin(), train.task.fractions.end()));
  CHECK(train.task.fractions.back() == doctest::Approx(1));
  const std::string log = read_text(folder / "model" / "log.csv");
  CHECK(log.starts_with("epoch,step,train_loss,validation_eer,learning_rate\n1,4,"));
  CHECK(std::count(log.begin(), log.end(), '\n') == 4);

  const auto score_kind = kinds::score_kind();
  test::RunningTask score(score_kind, {{"test", std::string("mdct_rvq")}, {"batch", int64_t{5}}}, folder.path(),
                          {folder / "scores.txt", folder / "embeddings.h5", folder / "predictions.txt"});
  score.context.inputs = {{"model", {{.node = "cm", .kind = "train", .bindings = {}, .files = {folder / "model"}}}},
                          {"data", {shards.spoof[2], shards.bona_fide[2]}}};
  score.run();
  const auto scores = storage::read_scores(folder / "scores.txt");
  REQUIRE(scores.size() == 16);
  CHECK(scores[0].utterance_id == "u30");
  CHECK(scores[0].codec == "mdct_rvq");
  CHECK((scores[0].label == storage::Label::spoof));
  CHECK(scores[8].codec == "bonafide");
  std::vector<double> bona_fide, spoof;
  for (const auto& one : scores) (one.label == storage::Label::bona_fide ? bona_fide : spoof).push_back(one.score);
  CHECK(metrics::equal_error_rate(bona_fide, spoof).eer <= 0.2);
  const auto embeddings = storage::read_embeddings(folder / "embeddings.h5");
  CHECK(embeddings.utterance_ids.size() == 16);
  CHECK(embeddings.values.size() == static_cast<std::size_t>(16 * embeddings.dimension));
  CHECK(score.failures.empty());
  const auto predictions = storage::read_predictions(folder / "predictions.txt");
  REQUIRE(predictions.size() == 16);  // one task
  CHECK(predictions[0].utterance_id == "u30");
  CHECK(predictions[0].task == "bona_fide");
  CHECK(predictions[0].truth == "spoof");
  CHECK(predictions[8].truth == "bonafide");
  const auto description = storage::read_description(folder / "model");
  CHECK(description.codecs == std::vector<std::string>{"mdct_rvq"});
  CHECK(description.weights.empty());
}

TEST_CASE("a detector of several tasks says of each utterance what it takes it for in each") {
  const test::TemporaryFolder folder;
  const Shards shards(folder);
  auto values = recipe();
  values.emplace_back("detector", std::string("aasist_l_d_vq"));
  Train train(folder, "model", shards, values);
  train.task.run();
  const auto kind = kinds::score_kind();
  test::RunningTask score(kind, {{"batch", int64_t{5}}}, folder.path(),
                          {folder / "scores.txt", folder / "embeddings.h5", folder / "predictions.txt"});
  score.context.inputs = {{"model", {{.node = "cm", .kind = "train", .bindings = {}, .files = {folder / "model"}}}},
                          {"data", {shards.spoof[2], shards.bona_fide[2]}}};
  score.run();
  const auto predictions = storage::read_predictions(folder / "predictions.txt");
  REQUIRE(predictions.size() == 32);
  std::size_t traced = 0;
  for (const auto& one : predictions) {
    if (one.task != "quantizer") continue;
    ++traced;
    CHECK(one.truth == (one.codec == "bonafide" ? "bonafide" : "MVQ"));
    REQUIRE(one.probabilities.size() == 4);
    const auto likeliest = std::max_element(one.probabilities.begin(), one.probabilities.end(),
                                            [](const auto& a, const auto& b) { return a.second < b.second; });
    CHECK(one.predicted == likeliest->first);
  }
  CHECK(traced == 16);
}

TEST_CASE("RawBoost on validation speech changes the validation alone, and does not break the resuming") {
  const test::TemporaryFolder folder;
  const Shards shards(folder);
  auto values = short_recipe();
  values.emplace_back("rawboost", int64_t{3});
  Train clean(folder, "clean", shards, values);
  clean.task.run();
  values.emplace_back("augment_validation", true);
  Train noisy(folder, "noisy", shards, values);
  noisy.task.run();
  CHECK(read_text(folder / "clean" / "losses.csv") == read_text(folder / "noisy" / "losses.csv"));
  Train first(folder, "broken", shards, values);
  stop_after(first.task, 9);
  CHECK_THROWS_AS(first.task.run(), engine::Interrupted);
  Train second(folder, "broken", shards, values);
  second.task.run();
  CHECK(digest_of_model(folder / "broken") == digest_of_model(folder / "noisy"));
}

TEST_CASE("a training of no detector is not planned") {
  const auto kind = kinds::train_kind();
  const auto none = test::parameters_of(kind, {{"detector", std::string("none")}});
  CHECK_FALSE(kind.applies(none));
  CHECK(kind.check(none).empty());
  CHECK(kind.applies(test::parameters_of(kind, {})));
}

TEST_CASE("a training broken off anywhere ends with the bytes of one that was not") {
  const test::TemporaryFolder folder;
  const Shards shards(folder);
  Train whole(folder, "whole", shards, short_recipe());
  whole.task.run();
  const auto told = static_cast<int>(whole.task.fractions.size());
  REQUIRE(told == 2 * (2 + 4));  // steps and validated utterances
  for (const int steps : {1, 2, 4, 7, 11}) {
    CAPTURE(steps);
    const std::string name = "broken" + std::to_string(steps);
    Train first(folder, name, shards, short_recipe());
    stop_after(first.task, steps);
    CHECK_THROWS_AS(first.task.run(), engine::Interrupted);
    CHECK_FALSE(std::filesystem::exists(folder / name));
    Train second(folder, name, shards, short_recipe());
    second.task.run();
    CHECK(static_cast<int>(second.task.fractions.size()) < told);  // it did not begin again
    CHECK(digest_of_model(folder / name) == digest_of_model(folder / "whole"));
  }
}

/// W2V2-AASIST with the shrunk front-end, all tasks, and everything that a training may use on a CPU.
test::Values w2v2_recipe() {
  auto values = short_recipe();
  for (const auto& [name, value] : test::Values{{"detector", std::string("w2v2_aasist_shrunk_m1")},
                                                {"rawboost", int64_t{5}},
                                                {"recompute", true},
                                                {"accumulation", int64_t{2}},
                                                {"save_every", int64_t{1}},
                                                {"random_crop", false},
                                                {"schedule", std::string("constant")},
                                                {"samples", int64_t{3000}}}) {
    values.emplace_back(name, value);
  }
  return values;
}

TEST_CASE("W2V2-AASIST trains on several tasks with RawBoost, and goes on to the bit where it was broken off") {
  const test::TemporaryFolder folder;
  const Shards shards(folder);
  Train whole(folder, "whole", shards, w2v2_recipe());
  whole.task.run();
  const std::string losses = read_text(folder / "whole" / "losses.csv");
  CHECK(losses.starts_with("step,loss\n1,"));
  CHECK(std::count(losses.begin(), losses.end(), '\n') == 1 + 2 * 2);  // two epochs of two steps
  Train first(folder, "broken", shards, w2v2_recipe());
  stop_after(first.task, 7);  // the first step of the second epoch
  CHECK_THROWS_AS(first.task.run(), engine::Interrupted);
  Train second(folder, "broken", shards, w2v2_recipe());
  second.task.run();
  CHECK(digest_of_model(folder / "broken") == digest_of_model(folder / "whole"));
  CHECK(read_text(folder / "broken" / "losses.csv") == losses);
  const auto model = kinds::read_model(folder / "whole", c10::kCPU);
  CHECK(model.detector->tasks().size() == 4);
}

TEST_CASE("RawBoost changes a training") {
  const test::TemporaryFolder folder;
  const Shards shards(folder);
  auto values = short_recipe();
  values.emplace_back("epochs", int64_t{1});
  Train plain(folder, "plain", shards, values);
  plain.task.run();
  values.emplace_back("rawboost", int64_t{3});
  Train noisy(folder, "noisy", shards, values);
  noisy.task.run();
  CHECK(read_text(folder / "plain" / "losses.csv") != read_text(folder / "noisy" / "losses.csv"));
}

TEST_CASE("mixed precision on a CPU is refused in a sentence") {
  const test::TemporaryFolder folder;
  Shards shards(folder);
  auto values = short_recipe();
  values.emplace_back("precision", std::string("bfloat16"));
  Train mixed(folder, "mixed", shards, values);
  CHECK(test::contains(test::sentence_of([&] { mixed.task.run(); }), "mixed precision needs a GPU"));
}

TEST_CASE("another seed is another training") {
  const test::TemporaryFolder folder;
  const Shards shards(folder);
  auto values = short_recipe();
  values.emplace_back("epochs", int64_t{1});
  Train one(folder, "one", shards, values);
  one.task.run();
  values.emplace_back("seed", int64_t{1});
  Train other(folder, "other", shards, values);
  other.task.run();
  CHECK(read_text(folder / "one" / "log.csv") != read_text(folder / "other" / "log.csv"));
  CHECK(digest_of_file(folder / "one" / "model.safetensors") != digest_of_file(folder / "other" / "model.safetensors"));
}

TEST_CASE("a training without one of its classes or splits is refused") {
  const test::TemporaryFolder folder;
  Shards shards(folder);
  shards.bona_fide.erase(shards.bona_fide.begin() + 1);
  Train train(folder, "model", shards);
  const std::string sentence = test::sentence_of([&] { train.task.run(); });
  CHECK(test::contains(sentence, "no bona fide speech of the validation split"));
  shards.bona_fide = {write_shard(folder / "8k.h5", "bonafide", "train", 0, 2, 8000)};
  Train narrow(folder, "model", shards);
  CHECK(test::contains(test::sentence_of([&] { narrow.task.run(); }), "8k.h5: the shard holds audio at 8000 Hz"));
}

TEST_CASE("settings that cannot work are told by the check") {
  const auto kind = kinds::train_kind();
  CHECK(kind.check(test::parameters_of(kind, {})).empty());
  const auto faults = kind.check(
      test::parameters_of(kind, {{"samples", int64_t{10}}, {"batch", int64_t{4}}, {"accumulation", int64_t{5}}}));
  REQUIRE(faults.size() == 2);
  CHECK(test::contains(faults[0], "'samples' is 10, but aasist takes at least"));
  CHECK(test::contains(faults[1], "'accumulation' is 5, but a batch of 4"));
}

TEST_CASE("score refuses what is no model, several models, and nothing to score") {
  const test::TemporaryFolder folder;
  const Shards shards(folder);
  const auto kind = kinds::score_kind();
  const auto attempt = [&](std::vector<engine::Artifact> models, std::vector<engine::Artifact> data) {
    test::RunningTask score(kind, {}, folder.path(),
                            {folder / "scores.txt", folder / "embeddings.h5", folder / "predictions.txt"});
    score.context.inputs = {{"model", std::move(models)}, {"data", std::move(data)}};
    return test::sentence_of([&] { score.run(); });
  };
  const engine::Artifact model{.node = "cm", .kind = "train", .bindings = {}, .files = {folder / "nothing"}};
  CHECK(test::contains(attempt({model, model}, {shards.spoof[2]}), "2 models came in at 'model'"));
  CHECK(test::contains(attempt({shards.spoof[2]}, {shards.spoof[2]}), "gives no trained model"));
  CHECK(test::contains(attempt({model}, {shards.spoof[2]}), "model.yaml"));
  test::write_bytes(folder / "nothing" / "model.yaml", "detector: aasist_l\nsamples: many\n");
  CHECK(test::contains(attempt({model}, {shards.spoof[2]}), "model.yaml: 'samples' is missing or mistyped"));
}

TEST_CASE("an even choice takes as many of each class as there are of the smallest, or the limit's share") {
  std::vector<kinds::LabelledUtterance> all;
  const auto add = [&](const std::string& quantizer, int count) {
    for (int i = 0; i < count; ++i) {
      kinds::LabelledUtterance one;
      one.utterance_id = quantizer + std::to_string(i);
      one.quantizer = quantizer;
      one.split = "train";
      all.push_back(one);
    }
  };
  add("MVQ", 20);
  add("SVQ", 4);
  add("SQ", 6);
  const auto counted = [&](std::size_t limit, const std::string& even) {
    std::map<std::string, int> counts;
    for (const auto& one : kinds::choose(all, {.split = "train", .limit = limit, .even = even}))
      ++counts[one.quantizer];
    return counts;
  };
  using Counts = std::map<std::string, int>;
  CHECK(counted(0, "") == Counts{{"MVQ", 20}, {"SQ", 6}, {"SVQ", 4}});
  CHECK(counted(0, "quantizer") == Counts{{"MVQ", 4}, {"SQ", 4}, {"SVQ", 4}});
  CHECK(counted(9, "quantizer") == Counts{{"MVQ", 3}, {"SQ", 3}, {"SVQ", 3}});
  CHECK(kinds::choose(all, {.split = "train", .limit = 5}).size() == 5);
  CHECK(kinds::choose(all, {.split = "eval"}).empty());
}
