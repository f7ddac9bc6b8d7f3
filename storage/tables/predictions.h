// Prediction files: text, one utterance and task a line: `utterance_id codec task truth predicted CLASS=PROBABILITY
// ...` with the task's classes in the order of its logits; truth is "-" where it is not known.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cfo::storage {

/// What a detector takes an utterance for in one of its tasks.
struct Prediction {
  std::string utterance_id;
  std::string codec;             ///< "bonafide", a codec or a set of generated speech
  std::string task;              ///< "bona_fide", "quantizer", "auxiliary" or "decoder"
  std::string truth, predicted;  ///< classes, "bonafide" among them; truth is empty where it is not known
  std::vector<std::pair<std::string, double>> probabilities;  ///< of every class of the task
};

/// Probabilities are written with 6 significant digits. Durable. Throws Error for a name that is no field of a line and
/// for a probability that is not in [0, 1].
void write_predictions(const std::filesystem::path& path, std::span<const Prediction> predictions);

/// Throws Error with file:line for a line of another shape.
std::vector<Prediction> read_predictions(const std::filesystem::path& path);

}  // namespace cfo::storage
