#include "bench/fit/fit_study.h"

#include <algorithm>
#include <map>
#include <thread>

#include "base/error.h"
#include "bench/measure/machine.h"
#include "bench/speed/detector_speed.h"
#include "engine/plan/plan.h"

namespace cfo::bench {
namespace {

constexpr auto train_kind = "train", score_kind = "score", corpus_kind = "load_corpus";
/// Audio seconds a CPU second of a flow whose codec has no figure in graphs/speeds.yaml: about what the built-in ones
/// do.
constexpr double unmeasured_flow_speed = 100;
/// Wall seconds for the report and for all that is not counted.
constexpr double remainder_seconds = 5;
/// Parts of the corpus that are tried, largest first, and the fewest utterances.
constexpr double parts[] = {1, 0.75, 0.5, 0.375, 0.25};
constexpr int64_t fewest_utterances = 24, fewest_validated = 8;
constexpr int64_t most_epochs = 20;
constexpr double nearly = 0.8;

struct Training {
  int64_t steps = 0, validated = 0;  ///< an epoch
};

bool is_kind(const engine::GraphNode& node, const char* kind) { return node.kind->name == kind; }

int64_t items_of(const engine::Unit& unit) { return static_cast<int64_t>(unit.last - unit.first); }

/// What a training goes through in an epoch: by class (port), no more than its limits say.
Training training_of(const engine::Plan& plan, const engine::Unit& unit) {
  const auto parameters = engine::parameters_for(unit.main(), unit.bindings);
  std::map<std::string, int64_t> training, validation;
  for (const auto& reference : unit.main().from) {
    for (const auto index : engine::units_of(plan, reference, unit.bindings)) {
      const auto& shard = plan.units[index];
      const bool validates = std::count(shard.bindings.begin(), shard.bindings.end(),
                                        std::pair<std::string, std::string>{"split", "validation"}) > 0;
      (validates ? validation : training)[reference.port] += items_of(shard);
    }
  }
  const auto sum = [](const std::map<std::string, int64_t>& classes, int64_t limit) {
    int64_t all = 0;
    for (const auto& [port, count] : classes) all += limit > 0 ? std::min(limit, count) : count;
    return all;
  };
  const auto utterances = sum(training, parameters.integer("limit"));
  return {std::max<int64_t>(1, utterances / parameters.integer("batch")),
          sum(validation, parameters.integer("validation_limit"))};
}

/// What a plan takes: `fixed` seconds, and `epoch` seconds for every epoch of its trainings.
struct Cost {
  double fixed = remainder_seconds, epoch = 0;
  int64_t steps = 0;  ///< an epoch of the longest training
};

Cost cost_of(const engine::Plan& plan, const Pace& pace, int threads) {
  Cost cost;
  double epochs = 0;
  std::size_t trainings = 0;
  for (const auto& unit : plan.units) {
    if (!unit.is_task()) {
      cost.fixed += (unit.cpu_seconds > 0 ? unit.cpu_seconds : unit.seconds / unmeasured_flow_speed) / threads;
    } else if (is_kind(unit.main(), score_kind)) {
      for (const auto index : unit.waits_for)
        cost.fixed += static_cast<double>(items_of(plan.units[index])) * pace.score / threads;
    } else if (is_kind(unit.main(), train_kind)) {
      const Training training = training_of(plan, unit);
      epochs += static_cast<double>(training.steps) * pace.step + static_cast<double>(training.validated) * pace.score;
      cost.steps = std::max(cost.steps, training.steps);
      ++trainings;
    }
  }
  if (trainings == 0) return cost;
  const auto side_by_side = static_cast<std::size_t>(threads);
  const auto rounds = static_cast<double>((trainings + side_by_side - 1) / side_by_side);
  cost.epoch = epochs / static_cast<double>(trainings) * rounds;
  return cost;
}

StudySize with_epochs(StudySize size, int64_t epochs, const Cost& cost) {
  size.epochs = epochs;
  size.steps = epochs * cost.steps;
  size.seconds = cost.fixed + static_cast<double>(epochs) * cost.epoch;
  return size;
}

/// A part of all utterances, and the same part of those that are validated; one epoch.
StudySize part_of(double part, int64_t all, int64_t validated) {
  const auto take = [part](int64_t count, int64_t fewest) {
    return std::min(count, std::max(fewest, static_cast<int64_t>(part * static_cast<double>(count))));
  };
  return {.epochs = 1, .utterances = take(all, fewest_utterances), .validated = take(validated, fewest_validated)};
}

/// How many epochs fit, at most most_epochs; 0: not one.
int64_t epochs_within(double seconds, const Cost& cost) {
  if (cost.epoch <= 0) return most_epochs;
  return std::clamp<int64_t>(static_cast<int64_t>((seconds - cost.fixed) / cost.epoch), 0, most_epochs);
}

/// Of sizes from large to small the first with enough steps, or nearly as many as any of them has: more speech teaches
/// more than a few steps more on less of it.
StudySize largest_that_learns(const std::vector<StudySize>& sizes) {
  int64_t most = 0;
  for (const auto& size : sizes) most = std::max(most, size.steps);
  const auto enough = std::min(static_cast<double>(steps_to_learn), nearly * static_cast<double>(most));
  return *std::find_if(sizes.begin(), sizes.end(),
                       [enough](const StudySize& size) { return static_cast<double>(size.steps) >= enough; });
}

/// The most utterances that a unit's source lists: of the largest split.
int64_t largest_split(const engine::Plan& plan) {
  std::size_t most = 0;
  for (const auto& unit : plan.units)
    if (!unit.is_task()) most = std::max(most, unit.source->items.items.size());
  return static_cast<int64_t>(most);
}

std::string size_text(const StudySize& size) {
  return fmt::format("{} epochs, {} utterances of each split", size.epochs,
                     size.utterances > 0 ? fmt::format("at most {}", size.utterances) : "all");
}

std::string chosen_text(const TrainingStep& step, const Pace& pace, const StudySize& size, double minutes) {
  auto text = fmt::format(
      "a training step of {} takes {:.2f} s here, so {:g} minutes allow {}: {} steps a detector, about {:.1f} minutes",
      step.detector, pace.step, minutes, size_text(size), size.steps, size.seconds / 60);
  if (size.steps < steps_to_learn)
    text += fmt::format("; this machine is slow: detectors learn little in fewer than {} steps", steps_to_learn);
  return text;
}

/// As a graph says it.
StudySize size_of(const engine::Graph& graph) {
  StudySize size;
  for (const auto& node : graph.nodes) {
    if (is_kind(node, corpus_kind)) size.utterances = node.values.at("limit").as<int64_t>();
    if (!is_kind(node, train_kind)) continue;
    size.epochs = node.values.at("epochs").as<int64_t>();
    size.validated = node.values.at("validation_limit").as<int64_t>();
  }
  return size;
}

}  // namespace

TrainingStep training_step(const engine::Graph& graph) {
  for (const auto& node : graph.nodes) {
    if (!is_kind(node, train_kind)) continue;
    const auto all = engine::combinations(graph, node.variables);
    const auto parameters = engine::parameters_for(node, all.empty() ? engine::Bindings{} : all.front());
    return {parameters.text("detector"), parameters.integer("batch"), parameters.integer("samples")};
  }
  throw Error("{}: no node of this graph trains a detector, so there is nothing to fit to a time", graph.file.string());
}

Pace measure_pace(const TrainingStep& step, int side_by_side) {
  std::vector<DetectorSpeed> speeds(static_cast<std::size_t>(side_by_side));
  {
    std::vector<std::jthread> threads;
    for (auto& speed : speeds) {
      threads.emplace_back([&speed, &step] {
        speed = measure_detector(step.detector, {.repeat = 3, .batch = step.batch, .samples = step.samples});
      });
    }
  }
  Pace pace;
  for (const auto& speed : speeds) {
    pace.step = std::max(pace.step, speed.training.wall);
    pace.score = std::max(pace.score, speed.scoring.wall);
  }
  return pace;
}

StudySize fit_study(const std::filesystem::path& file, const engine::Registry& registry,
                    const std::vector<std::string>& set, const Pace& pace, double seconds, int threads) {
  const auto graph = engine::read_graph(file, registry, {.set = set, .only = {}});
  const StudySize own = size_of(graph);
  const int64_t all = largest_split(engine::make_plan(graph));
  std::vector<StudySize> fitting;
  StudySize smallest;
  for (const double part : parts) {
    const StudySize one_epoch = part_of(part, all, own.validated);
    auto smaller = set;
    for (const auto& setting : settings_of(graph, one_epoch)) smaller.push_back(setting);
    const auto resized = engine::read_graph(file, registry, {.set = smaller, .only = {}});
    const Cost cost = cost_of(engine::make_plan(resized), pace, threads);
    smallest = with_epochs(one_epoch, 1, cost);
    if (const int64_t epochs = epochs_within(seconds, cost); epochs > 0)
      fitting.push_back(with_epochs(one_epoch, epochs, cost));
  }
  return fitting.empty() ? smallest : largest_that_learns(fitting);
}

std::optional<StudySize> size_of_run(const std::filesystem::path& run_folder, const engine::Registry& registry) {
  const auto file = run_folder / "graph.yaml";
  if (!std::filesystem::exists(file)) return std::nullopt;
  return size_of(engine::read_graph(file, registry, {.set = {}, .only = {}, .tolerate = true}));
}

FitAnswer fit(const FitRequest& request, const engine::Registry& registry) {
  const auto graph = engine::read_graph(request.graph, registry, {.set = request.set, .only = {}});
  const TrainingStep step = training_step(graph);
  const auto run =
      request.run_folder.empty() ? std::filesystem::path("runs") / graph.settings.text("name") : request.run_folder;
  if (const auto begun = size_of_run(run, registry)) {
    return {settings_of(graph, *begun),
            fmt::format("{} keeps the size it was begun with: {}", run.string(), size_text(*begun))};
  }
  const int threads = describe_machine().cores;
  const Pace pace = measure_pace(step, threads);
  const StudySize size = fit_study(request.graph, registry, request.set, pace, 60 * request.minutes, threads);
  return {settings_of(graph, size), chosen_text(step, pace, size, request.minutes)};
}

std::vector<std::string> settings_of(const engine::Graph& graph, const StudySize& size) {
  std::vector<std::string> settings;
  for (const auto& node : graph.nodes) {
    if (is_kind(node, corpus_kind)) settings.push_back(fmt::format("{}.limit={}", node.name, size.utterances));
    if (!is_kind(node, train_kind)) continue;
    settings.push_back(fmt::format("{}.epochs={}", node.name, size.epochs));
    if (size.validated > 0) settings.push_back(fmt::format("{}.validation_limit={}", node.name, size.validated));
  }
  return settings;
}

}  // namespace cfo::bench
