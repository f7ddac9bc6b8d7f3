#include <H5Cpp.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "nodes/networks/tensors/seeded_weights.h"
#include "tests/golden_check/check.h"

namespace cfo::golden {
namespace {

at::Tensor read_set(const H5::DataSet& set) {
  const auto space = set.getSpace();
  std::vector<hsize_t> extents(std::max(0, space.getSimpleExtentNdims()));
  if (!extents.empty()) space.getSimpleExtentDims(extents.data());
  const std::vector<int64_t> shape(extents.begin(), extents.end());
  const bool integer = set.getTypeClass() == H5T_INTEGER;
  const bool wide = set.getTypeClass() == H5T_FLOAT && set.getFloatType().getSize() == sizeof(double);
  auto tensor = at::empty(shape, integer ? at::kLong : wide ? at::kDouble : at::kFloat);
  set.read(tensor.data_ptr(), integer ? H5::PredType::NATIVE_INT64
                              : wide  ? H5::PredType::NATIVE_DOUBLE
                                      : H5::PredType::NATIVE_FLOAT);
  return tensor;
}

bool is_numeric(const H5::DataSet& set) { return set.getTypeClass() == H5T_INTEGER || set.getTypeClass() == H5T_FLOAT; }

void read_group(const H5::Group& group, const std::string& prefix, std::map<std::string, at::Tensor>& arrays) {
  for (hsize_t i = 0; i < group.getNumObjs(); ++i) {
    const auto name = group.getObjnameByIdx(i);
    const auto full = prefix + name;
    if (group.getObjTypeByIdx(i) == H5G_GROUP) {
      read_group(group.openGroup(name), full + "/", arrays);
    } else if (const auto set = group.openDataSet(name); is_numeric(set)) {
      if (!arrays.emplace(full, read_set(set)).second) {
        throw Error("two .h5 files of one record hold an array '{}'; a record's array names must differ", full);
      }
    }
  }
}

nlohmann::json read_manifest(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) throw Error("{}: cannot be read; a golden record is a folder with a manifest.json", file.string());
  try {
    return nlohmann::json::parse(stream);
  } catch (const nlohmann::json::exception& error) {
    throw Error("{}: not valid JSON ({}); fetch the record again", file.string(), error.what());
  }
}

/// A long list of weights lies in golden.h5, as text: it takes its place in the manifest.
void adopt_weights(Record& record) {
  const auto found = record.arrays.find("weights_json");
  if (found == record.arrays.end()) return;
  const auto bytes = found->second.to(at::kByte).contiguous();
  const auto* const text = bytes.data_ptr<uint8_t>();
  record.manifest["weights"] = nlohmann::json::parse(text, text + bytes.numel());
  record.arrays.erase(found);
}

/// A row as an object {"name", "shape", "lo", "hi"} or, in compact manifests, an array [name, shape, hi, lo (-hi where
/// absent), file].
struct Row {
  explicit Row(const nlohmann::json& row)
      : name(row.is_array() ? row.at(0) : row.at("name")), ranged(row.is_array() || row.contains("lo")) {
    if (!ranged) return;
    shape = (row.is_array() ? row.at(1) : row.at("shape")).get<std::vector<int64_t>>();
    high = row.is_array() ? row.at(2) : row.at("hi");
    low = !row.is_array() ? row.at("lo").get<double>() : row.size() > 3 ? row.at(3).get<double>() : -high;
  }

  std::string name;
  bool ranged;
  std::vector<int64_t> shape;
  double low = 0, high = 0;
};

}  // namespace

Record read_record(const std::filesystem::path& folder) {
  Record record = {folder, read_manifest(folder / "manifest.json"), {}};
  H5::Exception::dontPrint();
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable)) {
    if (entry.path().extension() != ".h5") continue;
    try {
      const H5::H5File file(entry.path().string(), H5F_ACC_RDONLY);
      read_group(file.openGroup("/"), "", record.arrays);
    } catch (const H5::Exception& error) {
      throw Error("{}: cannot be read ({}); fetch the record again", entry.path().string(), error.getDetailMsg());
    }
  }
  adopt_weights(record);
  return record;
}

const at::Tensor& array(const Record& record, const std::string& name) {
  const auto found = record.arrays.find(name);
  if (found == record.arrays.end()) throw NotRecorded(record, name);
  return found->second;
}

std::map<std::string, at::Tensor> fill_weights(const nlohmann::json& rows, uint64_t seed) {
  std::map<std::string, at::Tensor> weights;
  for (const auto& json : rows) {
    const Row row(json);
    if (!row.ranged) continue;  // a buffer that the configuration determines
    weights.emplace(row.name, tensors::seeded_tensor(row.name, row.shape, row.low, row.high, seed));
  }
  return weights;
}

}  // namespace cfo::golden
