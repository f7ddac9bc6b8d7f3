// encode: audio to a codec's latent.
#include "base/error.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/codec_node.h"
#include "nodes/kinds/shared/fields.h"
#include "nodes/kinds/shared/speeds.h"
#include "nodes/networks/tensors/compute.h"
#include "storage/audio/audio.h"

namespace cfo::kinds {
namespace {

class Encode : public CodecNode {
 public:
  using CodecNode::CodecNode;

 private:
  std::string key(const engine::Item& item) const override {
    return std::to_string(item.get(fields::audio).samples.size());
  }

  at::Tensor wave_of(const engine::Item& item) const {
    const auto& audio = item.get(fields::audio);
    const auto& card = codec().card();
    if (audio.sample_rate != card.sample_rate) {
      throw Error("the audio is at {} Hz, but {} works at {} Hz; put a resample node with rate: codec before encode",
                  audio.sample_rate, card.name, card.sample_rate);
    }
    if (audio.samples.empty()) throw Error("the audio is empty");
    const auto samples = static_cast<int64_t>(audio.samples.size());
    return at::from_blob(const_cast<float*>(audio.samples.data()), {1, 1, samples}, at::kFloat).clone();
  }

  void run(std::span<engine::Work* const> group) const override {
    std::vector<at::Tensor> waves;
    for (const auto* work : group) waves.push_back(wave_of(*work->inputs.front()));
    const auto rows = static_cast<int64_t>(group.size());
    const auto latent = codec().encode(stack_rows(waves).to(tensors::parse_device(device())));
    for (int64_t row = 0; row < rows; ++row) {
      auto& output = group[static_cast<std::size_t>(row)]->output;
      output.set(fields::latent,
                 codecs::Latent{row_of(latent.values, row, rows), latent.samples, row_of(latent.extras, row, rows)});
      output.drop(fields::audio);
    }
  }
};

}  // namespace

engine::Kind encode_kind() {
  return {.name = "encode",
          .summary = "audio to a codec's latent",
          .role = engine::Role::transform,
          .ports = {{.name = "in", .reads = {fields::audio}}},
          .writes = {fields::latent},
          .drops = {fields::audio},
          .parameters = {codec_parameter()},
          .uses_device = true,
          .cost =
              [](const engine::Parameters& parameters, const std::vector<engine::Parameters>&) {
                return codec_cost(parameters.text("codec"));  // that of quantize and decode, too
              },
          .check = check_codec,
          .fingerprint = fingerprint_codec,
          .make = [](const engine::NodeContext& context) { return std::make_unique<Encode>(context); }};
}

}  // namespace cfo::kinds
