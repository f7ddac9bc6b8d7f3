#include "storage/hdf5/set.h"

#include <array>
#include <cstring>

#include "base/error.h"
#include "storage/hdf5/error.h"
#include "storage/hdf5/lock.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

// Speech at 16 kHz shrinks to 66.5 % at level 1 and 64.5 % at level 4, which takes a third more time.
constexpr unsigned deflate_level = 1;
constexpr uint64_t most_bytes_at_once = uint64_t{1}
                                        << 33;  // no column or utterance comes near 8 GiB: more is a damaged file

/// No time stamps: files of equal content are equal byte by byte.
Hdf5Handle set_properties(std::span<const hsize_t> chunk) {
  Hdf5Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(properties.get(), false);
  H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data());
  H5Pset_shuffle(properties.get());
  H5Pset_deflate(properties.get(), deflate_level);
  H5Pset_fletcher32(properties.get());
  return properties;
}

/// Some rows, as a selection in the file and as a block in memory.
struct Rows {
  Hdf5Handle in_file, in_memory;
};

Rows select_rows(hid_t set, hsize_t first, hsize_t count, hsize_t columns) {
  const std::array<hsize_t, 2> start{first, 0}, size{count, columns};
  Hdf5Handle in_file(H5Dget_space(set), H5Sclose);
  H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr);
  return {std::move(in_file), Hdf5Handle(H5Screate_simple(columns == 0 ? 1 : 2, size.data(), nullptr), H5Sclose)};
}

}  // namespace

Hdf5Set Hdf5Set::create(hid_t file, const Hdf5Output& output, const std::string& name, hid_t type, uint64_t columns,
                        uint64_t chunk_rows) {
  const Hdf5Lock lock;
  const std::array<hsize_t, 2> size{0, columns}, most{H5S_UNLIMITED, columns}, chunk{chunk_rows, columns};
  const std::size_t rank = columns == 0 ? 1 : 2;
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(rank), size.data(), most.data()), H5Sclose);
  const Hdf5Handle properties = set_properties(std::span(chunk).first(rank));
  Hdf5Handle set(H5Dcreate2(file, name.c_str(), type, space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                 H5Dclose);
  if (!set) throw_hdf5_error(output.path(), "write '" + name + "'");
  output.check();
  return {std::move(set), output.path(), name, 0, columns, &output};
}

Hdf5Set Hdf5Set::open(hid_t file, const fs::path& path, const std::string& name) {
  const Hdf5Lock lock;
  Hdf5Handle set(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) throw_hdf5_error(path, "find the data set '" + name + "'");
  const Hdf5Handle space(H5Dget_space(set.get()), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank != 1 && rank != 2)
    throw Error("{}: data set '{}' has {} dimensions; CFO expects 1 or 2", path.string(), name, rank);
  std::array<hsize_t, 2> size{0, 0};
  H5Sget_simple_extent_dims(space.get(), size.data(), nullptr);
  return {std::move(set), path, name, size[0], size[1]};
}

void Hdf5Set::append(hid_t memory_type, const void* values, uint64_t rows) {
  if (rows == 0) return;
  const Hdf5Lock lock;
  const std::array<hsize_t, 2> size{rows_ + rows, columns_};
  if (H5Dset_extent(set_.get(), size.data()) < 0) throw_hdf5_error(path_, "write '" + name_ + "'");
  const Rows added = select_rows(set_.get(), rows_, rows, columns_);
  if (H5Dwrite(set_.get(), memory_type, added.in_memory.get(), added.in_file.get(), H5P_DEFAULT, values) < 0)
    throw_hdf5_error(path_, "write '" + name_ + "'");
  output_->check();
  rows_ += rows;
}

std::size_t Hdf5Set::values_in(uint64_t first, uint64_t count, std::size_t bytes_each) const {
  if (first > rows_ || count > rows_ - first)
    throw Error(
        "{}: data set '{}' has {} rows, too few for what the file says about them; delete it and run the graph again",
        path_.string(), name_, rows_);
  const uint64_t width = columns_ == 0 ? 1 : columns_;
  if (count > most_bytes_at_once / bytes_each / width)
    throw Error(
        "{}: data set '{}' claims {} rows at once, more than any file of CFO has; delete it and run the graph again",
        path_.string(), name_, count);
  return static_cast<std::size_t>(count * width);
}

void Hdf5Set::read_into(void* values, hid_t memory_type, uint64_t first, uint64_t count) const {
  if (count == 0) return;
  const Hdf5Lock lock;
  const Rows wanted = select_rows(set_.get(), first, count, columns_);
  if (H5Dread(set_.get(), memory_type, wanted.in_memory.get(), wanted.in_file.get(), H5P_DEFAULT, values) < 0)
    throw_hdf5_error(path_, "read '" + name_ + "'");
}

std::vector<std::string> Hdf5Set::read_texts() const {
  const Hdf5Lock lock;
  const Hdf5Handle type(H5Dget_type(set_.get()), H5Tclose);
  if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) > 0 || columns_ != 0)
    throw Error("{}: data set '{}' is not a list of texts of fixed length", path_.string(), name_);
  const std::size_t size = H5Tget_size(type.get());
  std::vector<char> bytes(values_in(0, rows_, size) * size);
  read_into(bytes.data(), type.get(), 0, rows_);
  std::vector<std::string> texts;
  texts.reserve(rows_);
  for (uint64_t i = 0; i < rows_; ++i)
    texts.emplace_back(bytes.data() + i * size, ::strnlen(bytes.data() + i * size, size));
  return texts;
}

}  // namespace cfo::storage
