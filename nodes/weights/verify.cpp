#include "nodes/weights/verify.h"

#include "nodes/networks/detectors/make/make_detector.h"
#include "nodes/networks/quality/utmos.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/weights/published_detector.h"
#include "nodes/weights/wrapped_state.h"
#include "storage/checkpoint/checkpoint.h"

namespace cfo::weights {
namespace {

Fit fit_of_utmos(const std::filesystem::path& file) {
  Fit fit;
  auto tensors = storage::read_checkpoint(file);
  fit.tensors = tensors.size();
  const tensors::WeightScope scope(std::move(tensors), file.string());
  const quality::Utmos utmos(scope, quality::utmos22_strong());
  for (const auto& name : scope.unused()) {
    if (!quality::is_unused_in_utmos(name)) fit.unused.push_back(name);
  }
  return fit;
}

/// A detector takes all that is in its file, or refuses it.
Fit fit_of_detector(const ModelCard& card, const std::filesystem::path& file) {
  const auto tensors = read_published(file);
  const auto detector = detectors::make_detector(card.network);
  if (card.role == "front-end") {
    detector->start_from(tensors, file.string());
  } else {
    auto state = find_state(tensors, detector->state(), "", file.string());
    detector->load(state.tensors, file.string());
    return {.tensors = state.tensors.size(), .unused = {}, .within = state.within};
  }
  return {.tensors = tensors.size(), .unused = {}, .within = {}};
}

}  // namespace

Fit require_fit(const Published& model, const PathOfWeights& path_of) {
  const tensors::Inference inference;
  if (model.codec != nullptr) {
    auto opened = open_codec(*model.codec, c10::Device(c10::kCPU), path_of);
    return {opened.tensors, std::move(opened.unused), ""};
  }
  const auto file = path_of(model.model->weights.front());
  return model.role == "quality" ? fit_of_utmos(file) : fit_of_detector(*model.model, file);
}

}  // namespace cfo::weights
