// score: scores and embeddings of shards under a trained countermeasure, and what it takes each utterance for in each
// of its tasks (source tracing): scores/MODEL/TEST.txt, embeddings/MODEL/TEST.h5 and predictions/MODEL/TEST.txt.
#include <algorithm>

#include "base/error.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/labelled_speech.h"
#include "nodes/kinds/shared/model_folder.h"
#include "nodes/kinds/shared/speeds.h"
#include "nodes/networks/detectors/training/scoring.h"
#include "nodes/networks/tensors/compute.h"
#include "storage/tables/predictions.h"
#include "storage/tables/scores.h"

namespace cfo::kinds {
namespace {

std::filesystem::path model_folder(const engine::TaskContext& context) {
  const auto& models = context.inputs.at("model");
  if (models.size() != 1) {
    throw Error(
        "{}: {} models came in at 'model', but one is scored at a time; narrow it, e.g. model: {{node: cm, codec: "
        "$codec}}",
        context.unit, models.size());
  }
  if (models.front().kind != "train" && models.front().kind != "load_model") {
    throw Error("{}: node '{}' ({}) gives no trained model; name a train or load_model node at 'model'", context.unit,
                models.front().node, models.front().kind);
  }
  return models.front().files.front();
}

storage::Prediction prediction_of(const LabelledUtterance& utterance, detectors::Task task,
                                  const std::vector<double>& probabilities) {
  const auto& description = detectors::describe(task);
  storage::Prediction prediction{utterance.utterance_id, utterance.codec, description.attribute, "", "", {}};
  if (const auto truth = detectors::find_class(task, utterance.labels())) {
    prediction.truth = description.classes.at(static_cast<std::size_t>(*truth));
  }
  const auto likeliest = std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin();
  prediction.predicted = description.classes.at(static_cast<std::size_t>(likeliest));
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    prediction.probabilities.emplace_back(description.classes.at(i), probabilities[i]);
  }
  return prediction;
}

/// Scores, predictions and embeddings, row by row.
struct Results {
  std::vector<storage::Score> scores;
  std::vector<storage::Prediction> predictions;
  storage::Embeddings embeddings;

  void add(const LabelledUtterance& utterance, const detectors::Scored& scored) {
    for (const auto& [task, probabilities] : scored.probabilities) {
      predictions.push_back(prediction_of(utterance, task, probabilities));
    }
    scores.push_back({utterance.utterance_id, utterance.codec, utterance.label, scored.score});
    embeddings.utterance_ids.push_back(utterance.utterance_id);
    embeddings.codecs.push_back(utterance.codec);
    embeddings.labels.push_back(utterance.label);
    embeddings.values.insert(embeddings.values.end(), scored.embedding.begin(), scored.embedding.end());
  }
};

/// Scores one batch; an utterance that cannot be read or scored is reported, and the others of its batch go on.
void score_batch(engine::TaskContext& context, const Model& model, LabelledSpeech& speech,
                 std::span<const LabelledUtterance> batch, Results& results) {
  std::vector<std::vector<float>> waves;
  std::vector<const LabelledUtterance*> readable;
  for (const auto& utterance : batch) {
    try {
      waves.push_back(speech.samples(utterance));
      readable.push_back(&utterance);
    } catch (const Error& error) {
      context.fail_item(utterance.utterance_id, error);
    }
  }
  try {
    const auto scored = detectors::score(*model.detector, waves, model.samples);
    for (std::size_t i = 0; i < scored.size(); ++i) results.add(*readable[i], scored[i]);
  } catch (const Error& error) {
    if (batch.size() == 1) return context.fail_item(batch.front().utterance_id, error);
    for (const auto* utterance : readable) score_batch(context, model, speech, {utterance, 1}, results);
  }
}

void run(engine::TaskContext& context) {
  const Model model = read_model(model_folder(context), tensors::parse_device(context.device));
  LabelledSpeech speech(shard_files(context, "data"), detector_sample_rate);
  const std::span<const LabelledUtterance> all(speech.utterances());
  if (all.empty())
    throw Error("{}: there is nothing to score: the shards at 'data' hold no utterances; check the filters of 'from:'",
                context.unit);
  const auto batch = static_cast<std::size_t>(context.parameters.integer("batch"));
  Results results;
  results.embeddings.dimension = model.detector->embedding_size();
  for (std::size_t first = 0; first < all.size(); first += batch) {
    if (context.stop) throw engine::Interrupted();
    const auto part = all.subspan(first, std::min(batch, all.size() - first));
    score_batch(context, model, speech, part, results);
    for (const auto& utterance : part) context.account(utterance.seconds);
    context.progress(static_cast<double>(first + part.size()) / static_cast<double>(all.size()),
                     fmt::format("{}/{} utterances", first + part.size(), all.size()));
  }
  if (results.scores.empty())
    throw Error("{}: none of the {} utterances could be scored; failures.tsv says why", context.unit, all.size());
  storage::write_scores(context.files[0], results.scores);
  storage::write_embeddings(context.files[1], results.embeddings);
  storage::write_predictions(context.files[2], results.predictions);
}

}  // namespace

engine::Kind score_kind() {
  using engine::Type;
  using engine::Value;
  return {.name = "score",
          .summary = "scores shards with a trained countermeasure; keeps embeddings and each task's predictions",
          .role = engine::Role::task,
          .ports = {{.name = "model", .reads = {}}, {.name = "data", .reads = {}}},
          .parameters = {{.name = "codec",
                          .type = Type::text,
                          .summary = "what the model was trained on; names the output",
                          .default_value = Value("")},
                         {.name = "test",
                          .type = Type::text,
                          .summary = "what is scored; names the output",
                          .default_value = Value("")},
                         {.name = "batch",
                          .type = Type::integer,
                          .summary = "utterances read at a time, and scored at once on a GPU",
                          .unit = "items",
                          .default_value = Value(int64_t{16}),
                          .min = 1,
                          .max = 4096}},
          .outputs = {{.folder = "scores", .extension = ".txt"},
                      {.folder = "embeddings", .extension = ".h5"},
                      {.folder = "predictions", .extension = ".txt"}},
          .uses_device = true,
          .cost =
              [](const engine::Parameters&, const std::vector<engine::Parameters>& inputs) {
                for (const auto& input : inputs)
                  if (input.has("detector")) return scoring_cost(input.text("detector"));
                return 0.0;
              },
          .run = run};
}

}  // namespace cfo::kinds
