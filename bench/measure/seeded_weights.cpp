#include "bench/measure/seeded_weights.h"

#include <ATen/ATen.h>
#include <H5Cpp.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "nodes/networks/codecs/make/make_codec.h"
#include "nodes/networks/tensors/seeded_weights.h"

namespace cfo::bench {
namespace {

namespace fs = std::filesystem;
using Shape = std::vector<int64_t>;

constexpr uint64_t list_seed = 1;

/// A row of a record's list: a range to fill, or a buffer ("value") whose content does not change the speed: ones,
/// since the inverse STFT refuses a window of zeros.
at::Tensor recorded_tensor(const nlohmann::json& row, uint64_t seed) {
  const auto shape = row.at("shape").get<Shape>();
  if (row.contains("lo")) {
    return tensors::seeded_tensor(row.at("name").get<std::string>(), shape, row.at("lo").get<double>(),
                                  row.at("hi").get<double>(), seed);
  }
  const bool whole = row.value("dtype", "float32").rfind("int", 0) == 0;
  return at::ones(shape, whole ? at::kLong : at::kFloat);
}

/// Rows of a compact record: [name, shape, high, low], low being -high where it is left out.
nlohmann::json spelled_out(const nlohmann::json& row) {
  const auto high = row.at(2).get<double>();
  return {{"name", row.at(0)},
          {"shape", row.at(1)},
          {"lo", row.size() > 3 ? row.at(3).get<double>() : -high},
          {"hi", high}};
}

TensorMap recorded_tensors(const nlohmann::json& manifest) {
  TensorMap tensors;
  const auto seed = manifest.at("seed").get<uint64_t>();
  for (const auto& listed : manifest.at("weights")) {
    const auto row = listed.is_array() ? spelled_out(listed) : listed;
    if (row.contains("shape")) tensors[row.at("name").get<std::string>()] = recorded_tensor(row, seed);
  }
  return tensors;
}

/// Matrices and kernels in PyTorch's range for their fan in, so that activations keep their size; positive vectors,
/// since scales and variances are among them.
at::Tensor listed_tensor(const std::string& name, const Shape& shape) {
  if (shape.size() < 2) return tensors::seeded_tensor(name, shape, 0.5, 1, list_seed);
  double fan_in = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) fan_in *= static_cast<double>(shape[i]);
  const double bound = 1 / std::sqrt(fan_in);
  return tensors::seeded_tensor(name, shape, -bound, bound, list_seed);
}

std::string list_text(const fs::path& file, const std::string& model) {
  try {
    H5::Exception::dontPrint();
    const H5::H5File lists(file.string(), H5F_ACC_RDONLY);
    const auto set = lists.openDataSet(model);
    std::string text(static_cast<std::size_t>(set.getSpace().getSimpleExtentNpoints()), ' ');
    set.read(text.data(), H5::PredType::NATIVE_UINT8);
    return text;
  } catch (const H5::Exception&) {
    throw Error("{}: holds no list of the tensors of '{}'", file.string(), model);
  }
}

TensorMap listed_tensors(const nlohmann::json& rows) {
  TensorMap tensors;
  for (const auto& row : rows) {
    const auto name = row.at(0).get<std::string>();
    if (name == "alphas_cumprod") continue;  // its values are read: without it the schedule is computed
    tensors[name] = listed_tensor(name, row.at(1).get<Shape>());
  }
  return tensors;
}

}  // namespace

TensorMap seeded_weights(const fs::path& like, const std::string& model) {
  const bool is_record = !fs::is_regular_file(like);
  const fs::path file = is_record ? like / "manifest.json" : like;
  try {
    const auto json = nlohmann::json::parse(is_record ? read_text(file) : list_text(file, model));
    return is_record ? recorded_tensors(json) : listed_tensors(json);
  } catch (const nlohmann::json::exception& error) {
    throw Error("{}: not a golden record with 'seed' and 'weights' ({}); give the folder of a record", file.string(),
                error.what());
  }
}

std::unique_ptr<codecs::Codec> codec_with_seeded_weights(const codecs::Card& card, const fs::path& like,
                                                         c10::Device device) {
  return codecs::make_codec(card, tensors::WeightScope(seeded_weights(like, card.name), like.string()), device);
}

}  // namespace cfo::bench
