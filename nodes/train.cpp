// train: a countermeasure from shards of bona fide and spoofed speech.
#include "base/durable_file.h"
#include "base/error.h"
#include "nodes/kinds.h"
#include "nodes/layers/compute.h"
#include "nodes/model_folder.h"
#include "nodes/training.h"

namespace cfo::nodes {
namespace {

TrainingSettings settings_of(const engine::TaskContext& context) {
  const auto& parameters = context.parameters;
  TrainingSettings settings;
  settings.detector = parameters.text("detector");
  settings.epochs = parameters.integer("epochs");
  settings.batch = parameters.integer("batch");
  settings.learning_rate = parameters.number("learning_rate");
  settings.adam.weight_decay = parameters.number("weight_decay");
  settings.schedule = detectors::parse_schedule(parameters.text("schedule"));
  settings.weights = {.spoof = parameters.number("spoof_weight"), .bona_fide = parameters.number("bona_fide_weight")};
  settings.samples = parameters.integer("samples");
  settings.seed = layers::seed_from(context.seed, context.unit, fmt::format("seed {}", parameters.integer("seed")));
  return settings;
}

/// Both classes of one split. Throws Error when one of them is missing.
std::vector<LabelledUtterance> both_classes(const engine::TaskContext& context, const LabelledSpeech& speech, const std::string& split,
                                            int64_t limit) {
  std::vector<LabelledUtterance> chosen;
  for (const auto label : {storage::Label::bona_fide, storage::Label::spoof}) {
    const auto part = choose(speech.utterances(), split, label, static_cast<std::size_t>(limit));
    if (part.empty()) {
      throw Error("{}: the shards that came in hold no {} speech of the {} split; check 'from:' of the train node (it takes split: [train, "
                  "validation]) and the speakers of the splits", context.unit, label == storage::Label::spoof ? "spoofed" : "bona fide", split);
    }
    chosen.insert(chosen.end(), part.begin(), part.end());
  }
  return chosen;
}

TrainingData data_of(const engine::TaskContext& context) {
  auto shards = shard_files(context, "spoof");
  const auto bona_fide = shard_files(context, "bona_fide");
  shards.insert(shards.end(), bona_fide.begin(), bona_fide.end());
  TrainingData data{.speech = LabelledSpeech(std::move(shards), detector_sample_rate), .train = {}, .validation = {}};
  data.train = both_classes(context, data.speech, "train", context.parameters.integer("limit"));
  data.validation = both_classes(context, data.speech, "validation", context.parameters.integer("validation_limit"));
  return data;
}

void run(engine::TaskContext& context) {
  const auto settings = settings_of(context);
  Training training(context, settings, data_of(context));
  training.run();
  const auto& folder = context.files.front();
  std::filesystem::create_directories(folder);
  write_model(folder,
              {.detector = settings.detector, .samples = settings.samples, .epoch = training.best().epoch,
               .validation_eer = training.best().validation_eer, .settings = context.parameters},
              training.best().tensors);
  write_durably(folder / "log.csv", training.log());
}

std::vector<std::string> check(const engine::Parameters& parameters) {
  std::vector<std::string> sentences;
  const auto detector = detectors::make_detector(parameters.text("detector"));
  if (parameters.integer("samples") < detector->shortest()) {
    sentences.push_back(fmt::format("'samples' is {}, but {} takes at least {} samples", parameters.integer("samples"), detector->name(),
                                    detector->shortest()));
  }
  if (parameters.number("spoof_weight") + parameters.number("bona_fide_weight") <= 0) {
    sentences.emplace_back("'spoof_weight' and 'bona_fide_weight' are both 0, so nothing would be learned; raise one");
  }
  return sentences;
}

/// Defaults: clovaai/aasist config/AASIST.conf.
std::vector<engine::Parameter> parameters() {
  using engine::Type;
  using engine::Value;
  return {
      {.name = "detector", .type = Type::text, .summary = "which countermeasure", .fallback = Value("aasist"),
       .words = detectors::detector_names()},
      {.name = "codec", .type = Type::text, .summary = "what it is trained on; names the output", .fallback = Value("")},
      {.name = "epochs", .type = Type::integer, .summary = "times through the training split", .fallback = Value(int64_t{100}), .least = 1,
       .most = 10000},
      {.name = "batch", .type = Type::integer, .summary = "utterances a step", .unit = "items", .fallback = Value(int64_t{24}), .least = 2,
       .most = 4096},
      {.name = "learning_rate", .type = Type::number, .summary = "of Adam, at the start", .fallback = Value(1e-4), .least = 0, .most = 1},
      {.name = "weight_decay", .type = Type::number, .summary = "of Adam, added to the gradient (L2)", .fallback = Value(1e-4), .least = 0,
       .most = 1},
      {.name = "schedule", .type = Type::text, .summary = "of the learning rate: cosine falls to 5 % of it, step by step",
       .fallback = Value("cosine"), .words = {"constant", "cosine"}},
      {.name = "bona_fide_weight", .type = Type::number, .summary = "of bona fide speech in the cross entropy", .fallback = Value(0.9),
       .least = 0, .most = 1},
      {.name = "spoof_weight", .type = Type::number, .summary = "of spoofed speech in the cross entropy", .fallback = Value(0.1), .least = 0,
       .most = 1},
      {.name = "samples", .type = Type::integer, .summary = "input length; longer speech is cut, shorter repeated", .unit = "samples",
       .fallback = Value(int64_t{64600}), .least = 1, .most = 16000 * 60},
      {.name = "limit", .type = Type::integer, .summary = "most training utterances of each class; 0: all", .unit = "items",
       .fallback = Value(int64_t{0}), .least = 0},
      {.name = "validation_limit", .type = Type::integer, .summary = "most validation utterances of each class; 0: all", .unit = "items",
       .fallback = Value(int64_t{0}), .least = 0},
      {.name = "seed", .type = Type::integer, .summary = "another number gives another training of the same graph",
       .fallback = Value(int64_t{0}), .least = 0},
  };
}

}  // namespace

engine::Kind train_kind() {
  return {.name = "train",
          .summary = "trains a countermeasure on shards; keeps the epoch with the lowest validation EER",
          .role = engine::Role::task,
          .ports = {{.name = "spoof", .reads = {}}, {.name = "bona_fide", .reads = {}}},
          .parameters = parameters(),
          .outputs = {{.folder = "models", .extension = ""}},
          .check = check,
          .run = run};
}

}  // namespace cfo::nodes
