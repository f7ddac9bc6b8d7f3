// decode: a codec's codes to audio.
#include "base/error.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/codec_node.h"
#include "nodes/kinds/shared/fields.h"
#include "nodes/networks/tensors/compute.h"
#include "storage/audio/audio.h"

namespace cfo::kinds {
namespace {

/// wave [1, 1, T] on any device as audio. Throws Error for empty audio and for NaN or infinite samples.
storage::Audio audio_of(const at::Tensor& wave, const codecs::Card& card) {
  const at::Tensor flat = wave.to(at::kCPU, at::kFloat).reshape({-1}).contiguous();
  if (flat.numel() == 0) throw Error("{} decoded the codes to empty audio", card.name);
  if (!at::isfinite(flat).all().item<bool>()) throw Error("{} decoded the codes to NaN or infinite samples", card.name);
  const float* const samples = flat.data_ptr<float>();
  return {.samples = {samples, samples + flat.numel()}, .sample_rate = card.sample_rate};
}

class Decode : public CodecNode {
 public:
  explicit Decode(const engine::NodeContext& context) : CodecNode(context), seed_(context.seed) {}

 private:
  std::string key(const engine::Item& item) const override {
    const auto& codes = item.get(fields::codes);
    return std::to_string(codes.samples) + ";" + shapes_of(codes.streams) + shapes_of(codes.extras);
  }

  void run(std::span<engine::Work* const> group) const override {
    const auto& first = group.front()->inputs.front()->get(fields::codes);
    codecs::Codes codes{.streams = {}, .samples = first.samples, .extras = {}};
    for (const auto* work : group)
      codes.seeds.push_back(tensors::seed_from(seed_, codec().card().name, work->inputs.front()->id));
    for (std::size_t stream = 0; stream < first.streams.size(); ++stream) {
      std::vector<at::Tensor> rows;
      for (const auto* work : group) rows.push_back(work->inputs.front()->get(fields::codes).streams[stream]);
      codes.streams.push_back(stack_rows(rows));
    }
    std::vector<const TensorMap*> extras;
    for (const auto* work : group) extras.push_back(&work->inputs.front()->get(fields::codes).extras);
    codes.extras = stack_rows(extras);
    const auto wave = codec().decode(codes);
    const auto rows = static_cast<int64_t>(group.size());
    for (int64_t row = 0; row < rows; ++row) {
      auto& output = group[static_cast<std::size_t>(row)]->output;
      output.set(fields::audio, audio_of(row_of(wave, row, rows), codec().card()));
    }
  }

  uint64_t seed_;  ///< of the graph: decoders that draw random numbers do so from (graph seed, codec, utterance)
};

}  // namespace

engine::Kind decode_kind() {
  return {.name = "decode",
          .summary = "a codec's codes to audio at the codec's rate",
          .role = engine::Role::transform,
          .ports = {{.name = "in", .reads = {fields::codes}}},
          .writes = {fields::audio},
          .parameters = {codec_parameter()},
          .uses_device = true,
          .check = check_codec,
          .fingerprint = fingerprint_codec,
          .make = [](const engine::NodeContext& context) { return std::make_unique<Decode>(context); }};
}

}  // namespace cfo::kinds
