#include "nodes/weights/open_codec.h"

#include "base/error.h"
#include "nodes/networks/codecs/block_codec.h"
#include "nodes/networks/codecs/make/make_codec.h"
#include "nodes/networks/codecs/torchscript.h"
#include "storage/checkpoint/checkpoint.h"

namespace cfo::weights {
namespace {

TensorMap read_weights(const codecs::Card& card, const PathOfWeights& path_of) {
  TensorMap tensors;
  for (const auto& file : card.weights) {
    const auto path = path_of(file);
    for (auto& [name, tensor] : storage::read_checkpoint(path, {.nesting = file.nesting, .prefix = file.prefix})) {
      if (tensors.contains(name) && !file.preferred) {
        throw Error(
            "{}: the tensor '{}' is in another weight file of {} too; give the files different prefixes in {}, "
            "or one of them 'preferred: true'",
            path.string(), name, card.name, card.file.string());
      }
      tensors[name] = std::move(tensor);
    }
  }
  return tensors;
}

/// The card with the numbers that its weight files bring along.
codecs::Card with_own_numbers(codecs::Card card, const PathOfWeights& path_of) {
  const auto files = card.weights;
  for (const auto& file : files) {
    const auto path = path_of(file);
    const auto text = storage::read_model_config(path);
    if (!text.empty()) card = codecs::with_published_config(std::move(card), text, path.string());
  }
  return card;
}

/// Names the weight files in error sentences.
std::string origin_of(const codecs::Card& card, const PathOfWeights& path_of) {
  std::string names;
  for (const auto& file : card.weights) names += (names.empty() ? "" : ", ") + path_of(file).string();
  return names;
}

}  // namespace

OpenedCodec open_codec(const codecs::Card& card, c10::Device device, const PathOfWeights& path_of) {
  OpenedCodec opened;
  if (card.backend == "torchscript") {
    opened.codec = codecs::load_torchscript(card, path_of(card.weights.front()), device);
    return opened;
  }
  auto tensors = read_weights(card, path_of);
  opened.tensors = tensors.size();
  const tensors::WeightScope scope(std::move(tensors), origin_of(card, path_of));
  opened.codec = codecs::in_blocks(codecs::make_codec(with_own_numbers(card, path_of), scope, device), device);
  for (const auto& name : scope.unused()) {
    if (!codecs::is_unused(card, name)) opened.unused.push_back(name);
  }
  return opened;
}

}  // namespace cfo::weights
