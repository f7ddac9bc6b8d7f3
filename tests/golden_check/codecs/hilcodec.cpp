#include "nodes/networks/codecs/hilcodec/hilcodec.h"

#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/hilcodec/dft_kernel.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// The pipeline, and the spectrum kernels, of which rows ::17 and columns ::13 are recorded.
void check_hilcodec(CodecStages& stages, const codecs::Codec& codec) {
  check_pipeline(stages, codec);
  const auto first_n_fft =
      stages.number("/config/encoder/n_fft_base", codecs::Config(codec.card()).get<int64_t>("n_fft"));
  const auto kernels = codecs::Config(codec.card()).get<std::vector<int64_t>>("strides").size() + 1;
  for (std::size_t i = 0; i < kernels; ++i) {
    const auto kernel = codecs::float32_dft_kernel(first_n_fft << i).squeeze(1);
    const auto sample = kernel.slice(0, 0, c10::nullopt, 17).slice(1, 0, c10::nullopt, 13);
    stages.floats(fmt::format("spec_weight_sample_{}", i), sample, 1e-6);
  }
}

std::vector<Stage> check_real_hilcodec_quantizer(const Record& record, const codecs::Card& card) {
  const auto file = record.folder / "hilcodec_speech_quantizer.pt";
  const tensors::WeightScope weights(storage::read_checkpoint(file, {.nesting = {"model"}, .prefix = ""}),
                                     file.string());
  const auto quantizer = codecs::make_hilcodec_quantizer(card, weights);
  CodecStages stages(record);
  stages.codes(
      "search_codes", [&] { return quantizer.encode(stages.recorded("search_latent").unsqueeze(0)).squeeze(0); },
      "search_margins");
  stages.floats("search_quantized",
                [&] { return quantizer.decode(stages.fed("search_codes").unsqueeze(0)).squeeze(0); });
  stages.floats("quantized", [&] {
    const auto codes = stages.recorded("codes").slice(1, 0, stages.recorded("quantized").size(1));
    return quantizer.decode(codes.contiguous().unsqueeze(0)).squeeze(0);
  });
  return stages.take();
}

}  // namespace cfo::golden
