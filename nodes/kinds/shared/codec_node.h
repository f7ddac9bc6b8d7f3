// What encode, quantize and decode share: the codec parameter, opening the codec for a unit, and batches of equal
// shapes.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/tensor_map.h"
#include "engine/kind/kind.h"
#include "nodes/networks/codecs/codec.h"

namespace cfo::kinds {

/// `codec`: the name of a card.
engine::Parameter codec_parameter();

/// A sentence when `codec` is no card or cannot be used on this machine.
std::vector<std::string> check_codec(const engine::Parameters& parameters);

/// Changes when the card or its weight files change; "" for an unknown codec.
std::string fingerprint_codec(const engine::Parameters& parameters);

/// The tables file among what a node needs: the output of its fit_codec task; none when it needs no such task. Throws
/// Error when several would do.
std::optional<std::filesystem::path> fitted_tables(std::span<const engine::Artifact> needs, const std::string& codec);

/// The codec that the context's `codec` names, on its device, with the tables of a needed fit_codec task.
std::shared_ptr<const codecs::Codec> open_codec(const engine::NodeContext& context);

/// A node that passes items through a codec in batches of equal shape: a call takes items of the same key only.
class CodecNode : public engine::Node {
 public:
  explicit CodecNode(const engine::NodeContext& context) : codec_(open_codec(context)), device_(context.device) {}
  void process(std::span<engine::Work> batch) final;

 protected:
  /// Items with equal keys may share a call.
  virtual std::string key(const engine::Item& item) const = 0;
  /// Items of one key. Throws Error, which fails them.
  virtual void run(std::span<engine::Work* const> group) const = 0;

  const codecs::Codec& codec() const { return *codec_; }
  const std::string& device() const { return device_; }

 private:
  std::shared_ptr<const codecs::Codec> codec_;
  std::string device_;
};

/// "1x128x75;" for each tensor: equal for tensors that can be stacked over dimension 0.
std::string shapes_of(std::span<const at::Tensor> tensors);
std::string shapes_of(const TensorMap& tensors);

/// Stacked over dimension 0; a single one is passed on as it is.
at::Tensor stack_rows(const std::vector<at::Tensor>& tensors);
TensorMap stack_rows(const std::vector<const TensorMap*>& maps);

/// Row `index` of dimension 0, which has `rows` rows, kept as a dimension and independent of the others' memory.
at::Tensor row_of(const at::Tensor& tensor, int64_t index, int64_t rows);
TensorMap row_of(const TensorMap& tensors, int64_t index, int64_t rows);

}  // namespace cfo::kinds
