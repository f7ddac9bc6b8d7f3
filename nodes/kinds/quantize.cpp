// quantize: a codec's latent to discrete codes.
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/codec_node.h"
#include "nodes/kinds/shared/fields.h"

namespace cfo::kinds {
namespace {

class Quantize : public CodecNode {
 public:
  using CodecNode::CodecNode;

 private:
  std::string key(const engine::Item& item) const override {
    const auto& latent = item.get(fields::latent);
    return std::to_string(latent.samples) + ";" + shapes_of({&latent.values, 1}) + shapes_of(latent.extras);
  }

  void run(std::span<engine::Work* const> group) const override {
    std::vector<at::Tensor> values;
    std::vector<const TensorMap*> extras;
    for (const auto* work : group) {
      const auto& latent = work->inputs.front()->get(fields::latent);
      values.push_back(latent.values);
      extras.push_back(&latent.extras);
    }
    const auto& first = group.front()->inputs.front()->get(fields::latent);
    const auto codes = codec().quantize({stack_rows(values), first.samples, stack_rows(extras)});
    const auto rows = static_cast<int64_t>(group.size());
    for (int64_t row = 0; row < rows; ++row) {
      codecs::Codes own{.streams = {}, .samples = codes.samples, .extras = row_of(codes.extras, row, rows)};
      for (const auto& stream : codes.streams) own.streams.push_back(row_of(stream, row, rows));
      auto& output = group[static_cast<std::size_t>(row)]->output;
      output.set(fields::codes, std::move(own));
      output.drop(fields::latent);
    }
  }
};

}  // namespace

engine::Kind quantize_kind() {
  return {.name = "quantize",
          .summary = "a codec's latent to discrete codes",
          .role = engine::Role::transform,
          .ports = {{.name = "in", .reads = {fields::latent}}},
          .writes = {fields::codes},
          .drops = {fields::latent},
          .parameters = {codec_parameter()},
          .uses_device = true,
          .check = check_codec,
          .fingerprint = fingerprint_codec,
          .make = [](const engine::NodeContext& context) { return std::make_unique<Quantize>(context); }};
}

}  // namespace cfo::kinds
