#include "nodes/kinds/shared/codec_node.h"

#include "base/error.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/weights/store.h"

namespace cfo::kinds {

engine::Parameter codec_parameter() {
  return {.name = "codec", .type = engine::Type::text, .summary = "name of a codec card (cfo-inspect codecs)"};
}

std::vector<std::string> check_codec(const engine::Parameters& parameters) {
  try {
    const auto& card = codecs::find_card(parameters.text("codec"));
    const std::string reason = weights::why_unavailable(card);
    if (reason.empty()) return {};
    return {fmt::format("codec '{}' cannot be used: {}", card.name, reason)};
  } catch (const Error& error) {
    return {error.what()};
  }
}

std::string fingerprint_codec(const engine::Parameters& parameters) {
  for (const auto& card : codecs::all_cards()) {
    if (card.name == parameters.text("codec")) return weights::weights_fingerprint(card);
  }
  return "";
}

std::optional<std::filesystem::path> fitted_tables(std::span<const engine::Artifact> needs, const std::string& codec) {
  std::optional<std::filesystem::path> tables;
  for (const auto& artifact : needs) {
    if (artifact.kind != "fit_codec") continue;
    const std::string fitted = engine::bound(artifact.bindings, "codec");
    if (!fitted.empty() && fitted != codec) continue;
    if (tables)
      throw Error("codec '{}' would take its codebooks from two fit_codec tasks; name one in 'needs:'", codec);
    tables = artifact.files.front();
  }
  return tables;
}

std::shared_ptr<const codecs::Codec> open_codec(const engine::NodeContext& context) {
  const std::string& name = context.parameters.text("codec");
  return weights::load_codec(codecs::find_card(name), context.device, fitted_tables(context.needs, name));
}

void CodecNode::process(std::span<engine::Work> batch) {
  const tensors::Inference inference;
  std::map<std::string, std::vector<engine::Work*>> groups;
  for (auto& work : batch) groups[key(*work.inputs.front())].push_back(&work);
  for (const auto& [shapes, group] : groups) run(group);
}

std::string shapes_of(std::span<const at::Tensor> tensors) {
  std::string text;
  for (const auto& tensor : tensors) {
    for (const auto size : tensor.sizes()) text += std::to_string(size) + "x";
    text += ";";
  }
  return text;
}

std::string shapes_of(const TensorMap& tensors) {
  std::string text;
  for (const auto& [name, tensor] : tensors) text += name + ":" + shapes_of({&tensor, 1});
  return text;
}

at::Tensor stack_rows(const std::vector<at::Tensor>& tensors) {
  return tensors.size() == 1 ? tensors.front() : at::cat(tensors, 0);
}

TensorMap stack_rows(const std::vector<const TensorMap*>& maps) {
  TensorMap stacked;
  for (const auto& [name, tensor] : *maps.front()) {
    std::vector<at::Tensor> tensors;
    for (const auto* map : maps) tensors.push_back(map->at(name));
    stacked.emplace(name, stack_rows(tensors));
  }
  return stacked;
}

at::Tensor row_of(const at::Tensor& tensor, int64_t index, int64_t rows) {
  if (tensor.dim() == 0 || tensor.size(0) != rows) {
    throw Error("the codec returned a tensor of {} rows for {} utterances; use batch: 1 with it",
                tensor.dim() == 0 ? 0 : tensor.size(0), rows);
  }
  return rows == 1 ? tensor : tensor.narrow(0, index, 1).clone();
}

TensorMap row_of(const TensorMap& tensors, int64_t index, int64_t rows) {
  TensorMap taken;
  for (const auto& [name, tensor] : tensors) taken.emplace(name, row_of(tensor, index, rows));
  return taken;
}

}  // namespace cfo::kinds
