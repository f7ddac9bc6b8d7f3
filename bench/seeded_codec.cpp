#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "bench/codec_speed.h"
#include "nodes/codecs/family.h"
#include "nodes/layers/seeded_weights.h"

namespace cfo::bench {
namespace {

/// A row of the list: a range to fill, or a buffer ("value") whose content does not change the speed: ones, since the
/// inverse STFT refuses a window of zeros.
at::Tensor tensor_of(const nlohmann::json& row, uint64_t seed) {
  const auto shape = row.at("shape").get<std::vector<int64_t>>();
  if (row.contains("lo")) {
    return layers::seeded_tensor(row.at("name").get<std::string>(), shape, row.at("lo").get<double>(),
                                 row.at("hi").get<double>(), seed);
  }
  const bool whole = row.value("dtype", "float32").rfind("int", 0) == 0;
  return at::ones(shape, whole ? at::kLong : at::kFloat);
}

layers::TensorMap tensors_of(const nlohmann::json& manifest) {
  layers::TensorMap tensors;
  const auto seed = manifest.at("seed").get<uint64_t>();
  for (const auto& row : manifest.at("weights")) {
    if (row.contains("shape")) tensors[row.at("name").get<std::string>()] = tensor_of(row, seed);
  }
  return tensors;
}

}  // namespace

layers::TensorMap seeded_weights(const std::filesystem::path& golden_folder) {
  const std::filesystem::path file = golden_folder / "manifest.json";
  try {
    return tensors_of(nlohmann::json::parse(read_text(file)));
  } catch (const nlohmann::json::exception& error) {
    throw Error("{}: not a golden record with 'seed' and 'weights' ({}); give the folder of a codec", file.string(),
                error.what());
  }
}

std::unique_ptr<codecs::Codec> codec_with_seeded_weights(const codecs::Card& card,
                                                         const std::filesystem::path& golden_folder,
                                                         c10::Device device) {
  return codecs::make_codec(
      card, layers::WeightScope(seeded_weights(golden_folder), (golden_folder / "manifest.json").string()), device);
}

}  // namespace cfo::bench
