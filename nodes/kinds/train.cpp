// train: a countermeasure from shards of bona fide and spoofed speech.
#include <set>

#include "base/error.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/labelled_speech.h"
#include "nodes/kinds/shared/model_folder.h"
#include "nodes/kinds/shared/speeds.h"
#include "nodes/networks/augment/rawboost.h"
#include "nodes/networks/detectors/make/make_detector.h"
#include "nodes/networks/detectors/training/training.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/weights/published_detector.h"
#include "nodes/weights/store.h"
#include "storage/checkpoint/checkpoint.h"
#include "storage/run_folder/training_log.h"

namespace cfo::kinds {
namespace {

namespace fs = std::filesystem;
using detectors::TrainingProgress;
using detectors::TrainingSettings;

/// Steps between saved states: a minute or so of work on a CPU core, little on a GPU.
constexpr int64_t checkpoint_steps_cpu = 10, checkpoint_steps_gpu = 200;
/// The word of the parameter `precision` that asks for mixed precision.
constexpr auto mixed = "bfloat16";
/// The word of the parameter `detector` that leaves the training out.
constexpr auto no_detector = "none";
/// What a training step costs on one utterance against scoring it: forward, and backward twice as much.
constexpr double step_cost = 3;

/// Some utterances of shards, as the trainer wants them.
class ShardSet : public detectors::TrainingSet {
 public:
  ShardSet(LabelledSpeech& speech, std::vector<LabelledUtterance> utterances)
      : speech_(speech), utterances_(std::move(utterances)) {}
  std::size_t size() const override { return utterances_.size(); }
  bool bona_fide(std::size_t index) const override { return utterances_[index].label == storage::Label::bona_fide; }
  detectors::Labels labels(std::size_t index) const override { return utterances_[index].labels(); }
  const LabelledUtterance& utterance(std::size_t index) const { return utterances_[index]; }
  std::vector<float> wave(std::size_t index) const override { return speech_.samples(utterances_[index]); }

 private:
  LabelledSpeech& speech_;
  std::vector<LabelledUtterance> utterances_;
};

/// Whose spoofed speech is in it, sorted.
std::vector<std::string> codecs_of(const ShardSet& set) {
  std::set<std::string> codecs;
  for (std::size_t index = 0; index < set.size(); ++index) {
    if (!set.bona_fide(index)) codecs.insert(set.utterance(index).codec);
  }
  return {codecs.begin(), codecs.end()};
}

TrainingSettings settings_of(const engine::TaskContext& context) {
  const auto& parameters = context.parameters;
  TrainingSettings settings;
  settings.epochs = parameters.integer("epochs");
  settings.batch = parameters.integer("batch");
  settings.samples = parameters.integer("samples");
  settings.random_crop = parameters.boolean("random_crop");
  settings.learning_rate = parameters.number("learning_rate");
  settings.schedule = detectors::parse_schedule(parameters.text("schedule"));
  settings.adam.weight_decay = parameters.number("weight_decay");
  settings.class_weights = {.spoof = parameters.number("spoof_weight"),
                            .bona_fide = parameters.number("bona_fide_weight")};
  settings.balance = detectors::parse_balance(parameters.text("balance"));
  settings.accumulation = parameters.integer("accumulation");
  settings.recompute = parameters.boolean("recompute");
  settings.mixed_precision = parameters.text("precision") == mixed;
  settings.augment_validation = parameters.boolean("augment_validation");
  settings.checkpoint_steps = parameters.integer("save_every");
  if (settings.checkpoint_steps == 0)
    settings.checkpoint_steps = context.device == "cpu" ? checkpoint_steps_cpu : checkpoint_steps_gpu;
  settings.seed =
      tensors::seed_from(context.seed, context.unit, fmt::format("training {}", parameters.integer("seed")));
  return settings;
}

/// Both classes of one split. Throws Error when one of them is missing.
std::vector<LabelledUtterance> both_classes(const engine::TaskContext& context, const LabelledSpeech& speech,
                                            const std::string& split, int64_t limit) {
  std::vector<LabelledUtterance> chosen;
  for (const auto label : {storage::Label::bona_fide, storage::Label::spoof}) {
    const bool is_spoof = label == storage::Label::spoof;
    const auto& even = context.parameters.text("even");
    const auto part = choose(speech.utterances(), {.split = split,
                                                   .label = label,
                                                   .limit = static_cast<std::size_t>(limit),
                                                   .even = is_spoof && even != "none" ? even : ""});
    if (part.empty()) {
      throw Error(
          "{}: the shards that came in hold no {} speech of the {} split; check 'from:' of the train node (it takes "
          "split: [train, "
          "validation]) and the speakers of the splits",
          context.unit, is_spoof ? "spoofed" : "bona fide", split);
    }
    chosen.insert(chosen.end(), part.begin(), part.end());
  }
  return chosen;
}

std::vector<fs::path> all_shards(const engine::TaskContext& context) {
  auto shards = shard_files(context, "spoof");
  const auto bona_fide = shard_files(context, "bona_fide");
  shards.insert(shards.end(), bona_fide.begin(), bona_fide.end());
  return shards;
}

double fraction_done(const TrainingProgress& at, int64_t batch) {
  const auto steps = static_cast<double>(at.steps * batch) * step_cost;
  const double epoch = steps + static_cast<double>(at.to_validate);
  const double done = static_cast<double>(at.step * batch) * step_cost + static_cast<double>(at.validated);
  return (static_cast<double>(at.epoch - 1) * epoch + done) / (static_cast<double>(at.epochs) * epoch);
}

void tell(const engine::TaskContext& context, const TrainingSettings& settings, const TrainingProgress& at) {
  const bool validating = at.validated > 0;
  const int64_t utterances = validating ? 1 : settings.batch;
  context.account(static_cast<double>(utterances * settings.samples) / static_cast<double>(detector_sample_rate));
  context.progress(
      fraction_done(at, settings.batch),
      validating ? fmt::format("epoch {}/{} validation {}/{}", at.epoch, at.epochs, at.validated, at.to_validate)
                 : fmt::format("epoch {}/{} step {}/{} loss {:.4f}", at.epoch, at.epochs, at.step, at.steps, at.loss));
}

detectors::TrainingHooks hooks_for(const engine::TaskContext& context, const TrainingSettings& settings) {
  const fs::path state = context.scratch / "training.safetensors";
  detectors::TrainingHooks hooks;
  hooks.progress = [&](const TrainingProgress& at) { tell(context, settings, at); };
  hooks.stop = [&context] { return context.stop.load(); };
  hooks.save = [state](const TensorMap& tensors) {
    fs::create_directories(state.parent_path());
    storage::write_safetensors(state, tensors);
  };
  if (const int64_t algorithm = context.parameters.integer("rawboost"); algorithm > 0) {
    hooks.augment = [algorithm](const std::vector<float>& wave, uint64_t seed) {
      return augment::rawboost(wave, algorithm, seed);
    };
  }
  hooks.resume_origin = state.string();
  if (fs::exists(state)) hooks.resume = storage::read_checkpoint(state);
  return hooks;
}

std::vector<storage::EpochLine> epoch_lines(const detectors::TrainingOutcome& outcome, int64_t steps_per_epoch) {
  std::vector<storage::EpochLine> lines;
  for (const auto& epoch : outcome.epochs)
    lines.push_back(
        {epoch.epoch, epoch.epoch * steps_per_epoch, epoch.loss, epoch.validation_eer, epoch.learning_rate});
  return lines;
}

std::unique_ptr<detectors::Detector> fresh_detector(const engine::TaskContext& context, uint64_t seed) {
  auto detector = detectors::make_detector(context.parameters.text("detector"), tensors::parse_device(context.device));
  detector->initialise(tensors::seed_from(seed, "training", "start values"));
  if (const auto& start = context.parameters.text("start_from"); !start.empty()) {
    const auto file = weights::published_file(start);
    detector->start_from(weights::read_published(file), file.string());
  }
  return detector;
}

void run(engine::TaskContext& context) {
  LabelledSpeech speech(all_shards(context), detector_sample_rate);
  const ShardSet training(speech, both_classes(context, speech, "train", context.parameters.integer("limit")));
  const ShardSet validation(
      speech, both_classes(context, speech, "validation", context.parameters.integer("validation_limit")));
  const auto settings = settings_of(context);
  const auto detector = fresh_detector(context, settings.seed);
  const auto outcome = detectors::train(*detector, training, validation, settings, hooks_for(context, settings));
  if (!outcome.finished) throw engine::Interrupted();
  const auto& start = context.parameters.text("start_from");
  const auto& folder = context.files.front();
  fs::create_directories(folder);
  write_model(folder,
              {.detector = detector->name(),
               .samples = settings.samples,
               .epoch = outcome.best_epoch,
               .validation_eer = outcome.best_eer,
               .weights = start,
               .weights_sha256 = start.empty() ? "" : weights::content_digest(weights::published_file(start)),
               .codecs = codecs_of(training),
               .settings = spelled_settings(context.parameters)},
              detector->state());
  const auto utterances = detectors::epoch_order(training, settings.balance, settings.seed, 0).size();
  storage::write_losses(folder, outcome.losses);
  storage::write_training_log(folder, epoch_lines(outcome, detectors::batches_per_epoch(utterances, settings.batch)));
}

bool applies(const engine::Parameters& parameters) { return parameters.text("detector") != no_detector; }

std::vector<std::string> check(const engine::Parameters& parameters) {
  std::vector<std::string> sentences;
  if (!applies(parameters)) return sentences;
  const auto detector = detectors::make_detector(parameters.text("detector"), c10::kMeta);
  if (parameters.integer("samples") < detector->shortest()) {
    sentences.push_back(fmt::format("'samples' is {}, but {} takes at least {} samples", parameters.integer("samples"),
                                    detector->name(), detector->shortest()));
  }
  if (parameters.integer("accumulation") > parameters.integer("batch")) {
    sentences.push_back(
        fmt::format("'accumulation' is {}, but a batch of {} utterances cannot be cut into more parts than that",
                    parameters.integer("accumulation"), parameters.integer("batch")));
  }
  return sentences;
}

std::vector<std::string> lacks(const engine::Parameters& parameters) {
  const auto& start = parameters.text("start_from");
  const std::string reason = start.empty() || !applies(parameters) ? "" : weights::why_not_published(start);
  return reason.empty() ? std::vector<std::string>{} : std::vector<std::string>{"start_from " + reason};
}

std::string fingerprint(const engine::Parameters& parameters) {
  const auto& start = parameters.text("start_from");
  return start.empty() ? "" : weights::published_fingerprint(start);
}

using engine::Type;
using engine::Value;

std::vector<engine::Parameter> recipe_parameters() {
  const TrainingSettings official;
  return {
      {.name = "epochs",
       .type = Type::integer,
       .summary = "times through the training split (the paper: 4)",
       .default_value = Value(official.epochs),
       .min = 1,
       .max = 10000},
      {.name = "batch",
       .type = Type::integer,
       .summary = "utterances a step (the paper: 14)",
       .unit = "items",
       .default_value = Value(official.batch),
       .min = 2,
       .max = 4096},
      {.name = "accumulation",
       .type = Type::integer,
       .summary = "parts that a batch is cut into to save memory",
       .default_value = Value(official.accumulation),
       .min = 1,
       .max = 4096},
      {.name = "samples",
       .type = Type::integer,
       .summary = "input length; longer speech is cut, shorter repeated",
       .unit = "samples",
       .default_value = Value(official.samples),
       .min = 1,
       .max = 16000 * 60},
      {.name = "random_crop",
       .type = Type::boolean,
       .summary = "cut longer training speech at random places; else at its beginning (the paper)",
       .default_value = Value(official.random_crop)},
      {.name = "learning_rate",
       .type = Type::number,
       .summary = "of Adam, at the start (the paper: 1e-6)",
       .default_value = Value(official.learning_rate),
       .min = 1e-12,
       .max = 1},
      {.name = "weight_decay",
       .type = Type::number,
       .summary = "of Adam, added to the gradient (L2)",
       .default_value = Value(official.adam.weight_decay),
       .min = 0,
       .max = 1},
      {.name = "schedule",
       .type = Type::text,
       .summary = "of the learning rate: cosine falls to 5 % of it, step by step (the paper: constant)",
       .default_value = Value("cosine"),
       .choices = {"constant", "cosine"}},
      {.name = "bona_fide_weight",
       .type = Type::number,
       .summary = "of bona fide speech in the cross entropy",
       .default_value = Value(official.class_weights.bona_fide),
       .min = 1e-6,
       .max = 1},
      {.name = "spoof_weight",
       .type = Type::number,
       .summary = "of spoofed speech in the cross entropy",
       .default_value = Value(official.class_weights.spoof),
       .min = 1e-6,
       .max = 1},
  };
}

/// How the recipe is computed: nothing here but the start, RawBoost and mixed precision changes a result.
std::vector<engine::Parameter> computing_parameters() {
  return {
      {.name = "start_from",
       .type = Type::text,
       .summary = "published weights to start from, e.g. XLS-R; a path or a place below CFO_WEIGHTS",
       .default_value = Value("")},
      {.name = "rawboost",
       .type = Type::integer,
       .summary = "RawBoost algorithm put on training speech; 0: none, W2V2-AASIST's: 5",
       .default_value = Value(int64_t{0}),
       .min = 0,
       .max = static_cast<double>(augment::most_rawboost)},
      {.name = "augment_validation",
       .type = Type::boolean,
       .summary = "RawBoost on validation speech too, the same noise in every epoch (SSL_Anti-spoofing and the paper)",
       .default_value = Value(false)},
      {.name = "precision",
       .type = Type::text,
       .summary = "bfloat16: mixed precision, on a GPU alone",
       .default_value = Value("float32"),
       .choices = {"float32", mixed}},
      {.name = "recompute",
       .type = Type::boolean,
       .summary = "gradient checkpointing of the front-end: less memory, a third more time",
       .default_value = Value(false)},
      {.name = "save_every",
       .type = Type::integer,
       .summary = "steps between saved states to resume from; 0: 10 on a CPU, 200 on a GPU",
       .unit = "steps",
       .default_value = Value(int64_t{0}),
       .min = 0,
       .max = 1000000},
  };
}

std::vector<std::string> detector_choices() {
  auto words = detectors::detector_names();
  words.emplace_back(no_detector);
  return words;
}

/// Recipe defaults are the official ones of AASIST (detectors/training/training.h); the paper's stand in the summaries
/// where they differ.
std::vector<engine::Parameter> parameters() {
  std::vector<engine::Parameter> list = {{.name = "detector",
                                          .type = Type::text,
                                          .summary = "which countermeasure; none: no training, and no scoring of it",
                                          .default_value = Value("aasist"),
                                          .choices = detector_choices()},
                                         {.name = "codec",
                                          .type = Type::text,
                                          .summary = "what it is trained on; names the output",
                                          .default_value = Value("")}};
  for (auto& parameter : recipe_parameters()) list.push_back(std::move(parameter));
  for (auto& parameter : computing_parameters()) list.push_back(std::move(parameter));
  list.insert(list.end(), {{.name = "balance",
                            .type = Type::text,
                            .summary = "repeat: the smaller class is repeated until both are as large",
                            .default_value = Value("none"),
                            .choices = {"none", "repeat"}},
                           {.name = "even",
                            .type = Type::text,
                            .summary = "attribute whose classes get equal parts of the spoofed speech (source tracing)",
                            .default_value = Value("none"),
                            .choices = {"none", "quantizer", "auxiliary", "decoder"}},
                           {.name = "limit",
                            .type = Type::integer,
                            .summary = "most training utterances of each class; 0: all",
                            .unit = "items",
                            .default_value = Value(int64_t{0}),
                            .min = 0},
                           {.name = "validation_limit",
                            .type = Type::integer,
                            .summary = "most validation utterances of each class; 0: all",
                            .unit = "items",
                            .default_value = Value(int64_t{0}),
                            .min = 0},
                           {.name = "seed",
                            .type = Type::integer,
                            .summary = "another number gives another training of the same graph",
                            .default_value = Value(int64_t{0}),
                            .min = 0}});
  return list;
}

}  // namespace

engine::Kind train_kind() {
  return {.name = "train",
          .summary = "trains a countermeasure on shards; keeps the epoch with the lowest validation EER",
          .role = engine::Role::task,
          .ports = {{.name = "spoof", .reads = {}}, {.name = "bona_fide", .reads = {}}},
          .parameters = parameters(),
          .section = "training",
          .outputs = {{.folder = "models", .extension = ""}},
          .uses_device = true,
          .bytes = model_bytes,
          .cost = [](const auto& given,
                     const auto&) { return training_cost(given.text("detector")) * given.number("epochs"); },
          .check = check,
          .lacks = lacks,
          .applies = applies,
          .fingerprint = fingerprint,
          .run = run};
}

}  // namespace cfo::kinds
