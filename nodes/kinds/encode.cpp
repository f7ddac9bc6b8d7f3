// encode: audio to a codec's latent.
#include "base/error.h"
#include "base/process/progress.h"
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
  explicit Encode(const engine::NodeContext& context)
      : CodecNode(context), longest_(context.parameters.number("longest")) {}

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
    if (audio.seconds() > longest_ && !codec().bounds_memory())
      throw Error(
          "{} is {} long, and {} codes an utterance whole, in memory that grows with it: at most {} here; cut it "
          "into pieces, or raise 'longest' of the node that encodes",
          item.id, process::duration_text(audio.seconds()), card.name, process::duration_text(longest_));
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

  double longest_;  ///< seconds
};

}  // namespace

engine::Kind encode_kind() {
  return {.name = "encode",
          .summary = "audio to a codec's latent",
          .role = engine::Role::transform,
          .ports = {{.name = "in", .reads = {fields::audio}}},
          .writes = {fields::latent},
          .drops = {fields::audio},
          .parameters = {codec_parameter(),
                         {.name = "longest",
                          .type = engine::Type::number,
                          .summary = "longest utterance of a codec whose memory grows with it; others take any",
                          .unit = "s",
                          .default_value = engine::Value(300.0),
                          .min = 1,
                          .max = 36000}},
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
