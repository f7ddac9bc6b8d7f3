#include "base/error.h"
#include "nodes/codecs/family.h"
#include "nodes/codecs/hilcodec.h"
#include "nodes/layers/spectrum.h"
#include "storage/checkpoint.h"
#include "tests/golden_check/check.h"

namespace cfo::golden {
namespace {

using codecs::Codec;

const at::Tensor& array(const Record& record, const std::string& name) {
  const auto found = record.arrays.find(name);
  if (found == record.arrays.end()) throw Error("{}: the record holds no array '{}'", record.folder.string(), name);
  return found->second;
}

/// Margins of the chosen codes under either of their names; undefined where a record has none.
at::Tensor margins(const Record& record) {
  for (const auto* const name : {"code_margin", "margins", "search_margins"}) {
    if (const auto found = record.arrays.find(name); found != record.arrays.end()) return found->second;
  }
  return {};
}

/// What a compact record keeps of a result [..., T]: its first `kept` of every `stride`-th sample.
at::Tensor sampled(const Record& record, const std::string& name, const at::Tensor& result) {
  if (!record.manifest.contains("compact")) return result;
  const auto& samples = record.manifest["compact"]["samples"];
  if (!samples.contains(name)) return result;
  const int64_t stride = samples[name].at("stride"), kept = samples[name].at("kept");
  const auto strided = result.slice(-1, 0, c10::nullopt, stride);
  return strided.slice(-1, 0, kept);
}

/// The three stages from wave to wave, each on the recorded input of that stage.
std::vector<Stage> check_pipeline(const Record& record, const Codec& codec) {
  const int64_t samples = array(record, "input").size(-1);
  const auto wave = array(record, "input").view({1, 1, -1});
  const auto floats = [&](const std::string& name, const at::Tensor& result) {
    return compare_floats(name, sampled(record, name, result), array(record, name));
  };
  const codecs::Latent latent = {array(record, "latent").unsqueeze(0), samples, {}};
  const codecs::Codes codes = {{array(record, "codes").unsqueeze(0)}, samples, {}};
  const codecs::Latent quantized = {array(record, "quantized").unsqueeze(0), samples, {}};
  return {
      floats("latent", codec.encode(wave).values.squeeze(0)),
      compare_codes("codes", codec.quantize(latent).streams.front().squeeze(0), array(record, "codes"), margins(record)),
      floats("quantized", codec.dequantize(codes).values.squeeze(0)),
      floats("audio", codec.synthesize(quantized).flatten()),
  };
}

/// HILCodec's spectrum kernels, rows ::17 and columns ::13 of each.
std::vector<Stage> check_spectrum_kernels(const Record& record) {
  std::vector<Stage> stages;
  constexpr int64_t first_n_fft = 64;
  for (int64_t i = 0; record.arrays.count(fmt::format("spec_weight_sample_{}", i)) > 0; ++i) {
    const auto name = fmt::format("spec_weight_sample_{}", i);
    const auto kernel = layers::float32_dft_kernel(first_n_fft << i).squeeze(1);
    const auto sample = kernel.slice(0, 0, c10::nullopt, 17).slice(1, 0, c10::nullopt, 13);
    stages.push_back(compare_floats(name, sample, array(record, name), 1e-6));
  }
  return stages;
}

/// hilcodec_speech_real: the published codebooks alone, on codes of real speech.
std::vector<Stage> check_real_quantizer(const Record& record, const codecs::Card& card) {
  const auto file = record.folder / "hilcodec_speech_quantizer.pt";
  const layers::WeightScope weights(storage::read_checkpoint(file, {.nesting = {"model"}, .prefix = ""}), file.string());
  const auto quantizer = codecs::make_hilcodec_quantizer(card, weights);
  const auto& quantized = array(record, "quantized");
  const auto codes = array(record, "codes").slice(1, 0, quantized.size(1)).contiguous();
  const auto& search_codes = array(record, "search_codes");
  return {
      compare_codes("search_codes", quantizer.encode(array(record, "search_latent").unsqueeze(0)).squeeze(0), search_codes,
                    margins(record)),
      compare_floats("search_quantized", quantizer.decode(search_codes.unsqueeze(0)).squeeze(0), array(record, "search_quantized")),
      compare_floats("quantized", quantizer.decode(codes.unsqueeze(0)).squeeze(0), quantized),
  };
}

}  // namespace

std::vector<Stage> check_codec(const Record& record) {
  const auto& card = codecs::find_card(record.manifest.at("codec").get<std::string>());
  if (!codecs::is_implemented(card)) {
    return {{"record", fmt::format("no checker for codec '{}': its family '{}' is not implemented", card.name, card.family), false}};
  }
  if (!record.manifest.contains("weights")) return check_real_quantizer(record, card);
  const layers::WeightScope weights(fill_weights(record.manifest["weights"], record.manifest.at("seed")),
                                    (record.folder / "manifest.json").string());
  auto stages = check_pipeline(record, *codecs::make_codec(card, weights));
  for (auto& stage : check_spectrum_kernels(record)) stages.push_back(std::move(stage));
  return stages;
}

std::vector<Stage> check_record(const std::filesystem::path& folder) {
  const auto record = read_record(folder);
  const auto name = record.manifest.value("name", "");
  if (record.manifest.contains("codec")) return check_codec(record);
  if (name == "cm_aasist" || name == "cm_aasist_l") return check_aasist(record);
  if (name == "metrics") return check_metrics(record);
  return {{"record", fmt::format("no checker for '{}'; known are codecs, cm_aasist, cm_aasist_l and metrics", name), false}};
}

}  // namespace cfo::golden
