#include "nodes/report/gather/tracing.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/error.h"
#include "nodes/report/gather/generators.h"
#include "nodes/report/gather/model_scores.h"
#include "nodes/report/gather/study.h"
#include "storage/tables/predictions.h"

namespace cfo::report {
namespace fs = std::filesystem;
namespace {

using Predictions = std::vector<storage::Prediction>;

constexpr std::string_view detection_task = "bona_fide", bona_fide = "bonafide";

/// The predictions of one file, in one task.
struct TracedTest {
  std::string test, file;
  bool generated = false;
  metrics::Confusion confusion{0};
};

struct TracedTask {
  std::vector<std::string> classes;
  std::vector<TracedTest> tests;
};

/// By task.
using TracedTasks = std::map<std::string, TracedTask>;

/// In the order of the report.
constexpr std::array task_order = {"bona_fide", "quantizer", "auxiliary", "decoder"};

std::string truth_of(const storage::Prediction& prediction) {
  return prediction.truth.empty() ? class_of(prediction.codec, prediction.task) : prediction.truth;
}

std::optional<std::size_t> place_of(const std::vector<std::string>& classes, const std::string& name) {
  const auto found = std::find(classes.begin(), classes.end(), name);
  return found == classes.end() ? std::nullopt : std::optional<std::size_t>(found - classes.begin());
}

/// A set of generated speech brings bona fide speech of its own, as with the scores.
bool is_generated(const std::string& test, const Predictions& predictions) {
  if (test == bona_fide) return false;
  return find_generator(test) != nullptr ||
         std::any_of(predictions.begin(), predictions.end(), [](const auto& one) { return one.truth == bona_fide; });
}

void add_test(TracedTasks& tasks, const std::string& test, const std::string& file, const Predictions& predictions) {
  const bool generated = is_generated(test, predictions);
  for (const auto& prediction : predictions) {
    TracedTask& task = tasks[prediction.task];
    if (task.classes.empty()) {
      for (const auto& [name, probability] : prediction.probabilities) task.classes.push_back(name);
    }
    if (task.tests.empty() || task.tests.back().test != test)
      task.tests.push_back({test, file, generated, metrics::Confusion(task.classes.size())});
    const auto truth = place_of(task.classes, truth_of(prediction));
    const auto predicted = place_of(task.classes, prediction.predicted);
    if (!predicted) throw Error("{}: task '{}' has other classes than in the files before it", file, prediction.task);
    if (truth) task.tests.back().confusion.add(*truth, *predicted);
  }
}

TracedTasks read_tasks(const storage::FinishedFiles& files, const std::string& model, Remarks& remarks) {
  TracedTasks tasks;
  for (const auto& test : tests_in(files, fs::path("predictions") / model)) {
    const auto file = fs::path("predictions") / model / (test + ".txt");
    try {
      add_test(tasks, test, file.generic_string(), storage::read_predictions(files.run() / file));
    } catch (const Error& error) {
      remarks.emplace_back(error.what());
    }
  }
  return tasks;
}

TracedSets sets_of(const TracedTest& test, const ModelFacts* facts) {
  if (test.generated) return TracedSets::generated;
  if (facts == nullptr) return TracedSets::unseen;
  const bool seen = std::find(facts->codecs.begin(), facts->codecs.end(), test.test) != facts->codecs.end();
  return seen ? TracedSets::seen : TracedSets::unseen;
}

/// The results of a model in a task: sets collected by kind, then each alone.
void add_results(Tracing& tracing, const std::string& model, const std::string& name, const TracedTask& task,
                 const ModelFacts* facts) {
  for (const auto sets : {TracedSets::seen, TracedSets::unseen, TracedSets::generated}) {
    TracingResult result{model, name, sets, {}, {}, task.classes, metrics::Confusion(task.classes.size())};
    for (const auto& test : task.tests) {
      const bool is_corpus = test.test == bona_fide;
      // The corpus' bona fide speech goes with the codecs; generated sets bring their own.
      if (is_corpus ? sets == TracedSets::generated : sets_of(test, facts) != sets) continue;
      if (!is_corpus) result.tests.push_back(test.test);
      result.files.push_back(test.file);
      result.confusion.add(test.confusion);
    }
    if (!result.tests.empty() && result.confusion.total() > 0) tracing.results.push_back(std::move(result));
  }
  for (const auto& test : task.tests) {
    if (test.confusion.total() > 0)
      tracing.results.push_back({model, name, TracedSets::one, {test.test}, {test.file}, task.classes, test.confusion});
  }
}

bool traces(const TracedTasks& tasks) {
  return std::any_of(tasks.begin(), tasks.end(), [](const auto& task) { return task.first != detection_task; });
}

}  // namespace

Tracing gather_tracing(const storage::FinishedFiles& files, const std::vector<ModelFacts>& models) {
  Tracing tracing;
  for (const auto& model : models_in(files, "predictions")) {
    const TracedTasks tasks = read_tasks(files, model, tracing.remarks);
    if (!traces(tasks)) continue;
    for (const auto* const name : task_order) {
      const auto task = tasks.find(name);
      if (task != tasks.end()) add_results(tracing, model, name, task->second, find_facts(models, model));
    }
  }
  return tracing;
}

std::string sets_text(const TracingResult& result) {
  switch (result.sets) {
    case TracedSets::seen:
      return "codecs of its training";
    case TracedSets::unseen:
      return "other codecs";
    case TracedSets::generated:
      return "generators";
    case TracedSets::one:
      return labelled(result.tests.front());
  }
  return "";
}

}  // namespace cfo::report
