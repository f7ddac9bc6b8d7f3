// A copy of a compact golden record that a test changes, and golden-check on it.
#pragma once

#include <ATen/ATen.h>
#include <H5Cpp.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/programs.h"
#include "tests/support/temporary_folder.h"

namespace cfo::test {

class RecordCopy {
 public:
  explicit RecordCopy(const std::string& model) {
    std::filesystem::copy(std::filesystem::path(CFO_SOURCE_DIR) / "tests/golden" / model, folder_.path(),
                          std::filesystem::copy_options::recursive);
    std::ifstream stream(folder_ / "manifest.json");
    manifest = nlohmann::json::parse(stream);
  }

  nlohmann::json manifest;

  void remove(const std::string& array) const {
    H5::H5File((folder_ / "golden.h5").string(), H5F_ACC_RDWR).unlink(array);
  }
  /// A file of further arrays, float32 or int64.
  void add(const std::string& file, const std::map<std::string, at::Tensor>& arrays) const {
    const H5::H5File output((folder_ / file).string(), H5F_ACC_TRUNC);
    for (const auto& [name, array] : arrays) {
      const auto values = array.contiguous();
      const std::vector<hsize_t> shape(values.sizes().begin(), values.sizes().end());
      const auto& type = values.scalar_type() == at::kLong ? H5::PredType::NATIVE_INT64 : H5::PredType::NATIVE_FLOAT;
      const H5::DataSpace space(static_cast<int>(shape.size()), shape.data());
      output.createDataSet(name, type, space).write(values.data_ptr(), type);
    }
  }

  Outcome check(const std::string& options = "") const {
    write_file(folder_ / "manifest.json", manifest.dump());
    return run_in(folder_, "golden-check " + options + " .", {{"OMP_NUM_THREADS", "1"}});
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace cfo::test
