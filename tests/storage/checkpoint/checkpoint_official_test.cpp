// Checkpoints as their authors published them. They are not in this repository: where ../shared is absent, these skip.
#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <hdf5.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "storage/checkpoint/checkpoint.h"
#include "tests/support/skip.h"

using namespace cfo;
namespace fs = std::filesystem;

namespace {

const fs::path golden = fs::path(CFO_SOURCE_DIR) / ".." / "shared" / "golden";

bool present(const fs::path& file) {
  if (fs::exists(file)) return true;
  test::skip("there is no " + file.string());
  return false;
}

double sum_of(const TensorMap& tensors) {
  double sum = 0;
  for (const auto& [name, tensor] : tensors) sum += tensor.to(at::kDouble).sum().item<double>();
  return sum;
}

/// The float32 data set `name` of an HDF5 file.
at::Tensor data_set(const fs::path& file, const std::string& name, at::IntArrayRef shape) {
  const at::Tensor values = at::empty(shape, at::kFloat);
  const hid_t opened = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t set = H5Dopen2(opened, name.c_str(), H5P_DEFAULT);
  REQUIRE(H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data_ptr()) >= 0);
  H5Dclose(set);
  H5Fclose(opened);
  return values;
}

}  // namespace

TEST_CASE("AASIST: the names and shapes that its record lists, on the CPU though saved from cuda:0") {
  const fs::path file = golden / "cm_aasist" / "AASIST.pth";
  if (!present(file)) return;
  const auto tensors = storage::read_checkpoint(file);
  const auto manifest = nlohmann::json::parse(std::ifstream(golden / "cm_aasist" / "manifest.json"));
  std::size_t listed = 0;
  for (const auto* kind : {"param_shapes", "buffer_shapes"}) {
    for (const auto& row : manifest.at(kind)) {
      const auto found = tensors.find(row.at(0).get<std::string>());
      REQUIRE_MESSAGE(found != tensors.end(), row.dump());
      CHECK(found->second.sizes().vec() == row.at(1).get<std::vector<int64_t>>());
      ++listed;
    }
  }
  CHECK(listed == tensors.size());
  CHECK(sum_of(tensors) == doctest::Approx(1924105.0931227822).epsilon(1e-12));  // torch 1.13's own reading
  CHECK((tensors.at("first_bn.num_batches_tracked").scalar_type() == at::kLong));
  CHECK(storage::describe_checkpoint(file).entries.size() == 229);
}

TEST_CASE("AASIST-L") {
  const fs::path file = golden / "cm_aasist_l" / "AASIST-L.pth";
  if (!present(file)) return;
  const auto tensors = storage::read_checkpoint(file);
  CHECK(tensors.size() == 229);
  CHECK(sum_of(tensors) == doctest::Approx(1066238.246994548).epsilon(1e-12));
}

TEST_CASE("HILCodec: the published codebooks, equal to the HDF5 copy of them") {
  const fs::path folder = golden / "hilcodec_speech_real";
  const fs::path file = folder / "hilcodec_speech_quantizer.pt";
  if (!present(file)) return;
  const auto tensors = storage::read_checkpoint(file, {.nesting = {"model"}, .prefix = ""});
  REQUIRE(tensors.size() == 8);
  for (const auto& [name, tensor] : tensors) {
    INFO(name);
    CHECK(at::equal(tensor, data_set(folder / "hilcodec_speech_quantizer.h5", name, {1024, 128})));
  }
}
