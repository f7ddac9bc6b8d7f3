#include "storage/shards/hdf5_labels.h"

#include "base/error.h"

namespace cfo::storage {

std::vector<Label> read_labels(const Hdf5File& file) {
  std::vector<Label> labels;
  for (const uint8_t value : file.read_column<uint8_t>("label")) {
    if (value > static_cast<uint8_t>(Label::spoof))
      throw Error("{}: label {} is neither 0 (bona fide) nor 1 (spoof)", file.path().string(), value);
    labels.push_back(static_cast<Label>(value));
  }
  return labels;
}

void write_labels(Hdf5File& file, std::span<const Label> labels) {
  std::vector<uint8_t> values;
  for (const Label label : labels) values.push_back(static_cast<uint8_t>(label));
  file.write_column<uint8_t>("label", values);
}

}  // namespace cfo::storage
