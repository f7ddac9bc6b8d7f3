#include "bench/fit/fit_study.h"

#include "nodes/kinds/register.h"
#include "tests/support/programs.h"

namespace {

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

constexpr int utterances = 200;

/// A corpus of three speakers, one a split, with 200 short utterances each, and a graph that trains on it: 400
/// utterances an epoch in batches of 20, and 2 x 200 scored.
class Study {
 public:
  Study() {
    const auto samples = storage::to_pcm16(voice(0.1, 1)).samples;
    for (const std::string speaker : {"p001", "p002", "p003"}) {
      const fs::path of_speaker = folder_ / "corpus/wav48_silence_trimmed" / speaker;
      fs::create_directories(of_speaker);
      for (int number = 1; number <= utterances; ++number)
        storage::write_audio(of_speaker / fmt::format("{}_{:03}_mic1.flac", speaker, number), samples, 16000);
    }
    write_file(file(), "name: study\ncorpus: {root: " + (folder_ / "corpus").string() +
                           ", validation: [p002], eval: [p003]}\n"
                           "foreach: {codec: [mdct_fsq, mdct_rvq], split: [train, validation, eval]}\n"
                           "nodes:\n"
                           "  speech: {kind: load_corpus, split: $split}\n"
                           "  plain: {kind: write_shards, from: speech, codec: bonafide, split: $split, folder: "
                           "bonafide/$split}\n"
                           "  spoof: {kind: write_shards, from: speech, codec: $codec, split: $split}\n"
                           "then:\n"
                           "  cm: {kind: train, detector: aasist_l, epochs: 4, batch: 20, samples: 8000, codec: "
                           "$codec, folder: $codec,\n"
                           "    from: {spoof: {node: spoof, split: [train, validation]}, bona_fide: {node: plain, "
                           "split: [train, validation]}}}\n"
                           "  scores: {kind: score, from: {model: cm, data: {node: spoof, split: eval}}, codec: "
                           "$codec, folder: $codec}\n");
  }
  fs::path file() const { return folder_ / "study.yaml"; }
  const TemporaryFolder& folder() const { return folder_; }
  bench::StudySize fit(double step, double seconds, int threads = 2, const std::vector<std::string>& set = {}) const {
    return bench::fit_study(file(), registry_, set, {.step = step, .score = step / 40}, seconds, threads);
  }
  const engine::Registry& registry() const { return registry_; }

 private:
  TemporaryFolder folder_;
  engine::Registry registry_ = kinds::make_registry();
};

}  // namespace

TEST_CASE("a study is fitted to a time by what a training step takes") {
  const Study study;

  // 20 steps of 1 s and 400 validated at 1/40 s make an epoch of 30 s; 2 x 200 scored take 5 s on two threads.
  const auto medium = study.fit(1, 250);
  CHECK(medium.utterances == utterances);
  CHECK(medium.epochs == 7);
  CHECK(medium.steps == 140);
  CHECK(medium.seconds > 7 * 30);
  CHECK(medium.seconds <= 250);

  const auto one_thread = study.fit(1, 250, 1);  // the two trainings one after the other
  CHECK(one_thread.seconds <= 250);
  CHECK(one_thread.steps < medium.steps);

  const auto fast = study.fit(0.001, 250);
  CHECK(fast.utterances == utterances);
  CHECK(fast.epochs == 20);
}

TEST_CASE("a slow machine gets fewer utterances, then fewer steps, and always an epoch") {
  const Study study;
  const auto slow = study.fit(2, 250);  // all utterances would allow 3 epochs, 60 steps
  CHECK(slow.utterances < utterances);
  CHECK(slow.steps > 60);
  CHECK(slow.seconds <= 250);

  const auto slower = study.fit(6, 250);
  CHECK(slower.steps > 0);
  CHECK(slower.steps < bench::steps_to_learn);
  CHECK(slower.seconds <= 250);

  const auto hopeless = study.fit(1000, 250);
  CHECK(hopeless.epochs == 1);
  CHECK(hopeless.utterances == utterances / 4);
  CHECK(hopeless.seconds > 250);

  // What is validated after each epoch shrinks alike.
  const auto validating = study.fit(6, 250, 2, {"cm.validation_limit=64"});
  CHECK(validating.utterances < utterances);
  CHECK(validating.validated * utterances == 64 * validating.utterances);
  CHECK(slower.validated == 0);
}

TEST_CASE("cfo-bench fit prints settings that cfo-run takes, and a run that is begun keeps its size") {
  const Study study;
  const auto first = run_in(study.folder(), "cfo-bench fit study.yaml --minutes 2");
  REQUIRE_MESSAGE(first.code == 0, first.err);
  CHECK(line_count(first.err) == 1);
  CHECK(has(first.err, "a training step of aasist_l takes"));
  std::string options = first.out;
  std::replace(options.begin(), options.end(), '\n', ' ');
  CHECK(has(options, "--set speech.limit="));
  CHECK(has(options, "--set cm.epochs="));
  CHECK(run_in(study.folder(), "cfo-run study.yaml --dry-run " + options).code == 0);

  write_file(
      study.folder() / "runs/study/graph.yaml",
      engine::read_graph(study.file(), study.registry(), {.set = {"cm.epochs=13", "speech.limit=50"}, .only = {}})
          .resolved);
  const auto again = run_in(study.folder(), "cfo-bench fit study.yaml --minutes 2");
  CHECK(again.out == "--set speech.limit=50\n--set cm.epochs=13\n");
  CHECK(has(again.err, "runs/study keeps the size it was begun with: 13 epochs, at most 50 utterances of each split"));
}

TEST_CASE("cfo-bench fit says when a graph trains nothing") {
  const Study study;
  auto text = bytes_of(study.file());
  write_file(study.folder() / "plain.yaml", text.substr(0, text.find("then:")));
  check_refused(run_in(study.folder(), "cfo-bench fit plain.yaml"), "no node of this graph trains a detector");
}
