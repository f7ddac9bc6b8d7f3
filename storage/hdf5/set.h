// Data sets of rows: extendible, chunked, shuffled, deflated, checksummed. For use inside storage/ only.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "storage/hdf5/handle.h"
#include "storage/hdf5/output.h"

namespace cfo::storage {

/// A data set [rows] (columns 0) or [rows, columns].
class Hdf5Set {
 public:
  /// An empty one, for writing to `output`, which must outlive it.
  static Hdf5Set create(hid_t file, const Hdf5Output& output, const std::string& name, hid_t type, uint64_t columns,
                        uint64_t chunk_rows);
  /// For reading. `path` names the file in errors.
  static Hdf5Set open(hid_t file, const std::filesystem::path& path, const std::string& name);

  uint64_t rows() const { return rows_; }
  uint64_t columns() const { return columns_; }

  /// Throws OutOfSpace or Error.
  void append(hid_t memory_type, const void* values, uint64_t rows);

  /// Rows first .. first + count as T. Throws Error when they are not there or a checksum does not match.
  template <typename T>
  std::vector<T> read(uint64_t first, uint64_t count) const {
    std::vector<T> values(values_in(first, count, sizeof(T)));
    read_into(values.data(), hdf5_type<T>().in_memory, first, count);
    return values;
  }
  std::vector<std::string> read_texts() const;

 private:
  Hdf5Set(Hdf5Handle set, std::filesystem::path path, std::string name, uint64_t rows, uint64_t columns,
          const Hdf5Output* output = nullptr)
      : set_(std::move(set)),
        path_(std::move(path)),
        name_(std::move(name)),
        rows_(rows),
        columns_(columns),
        output_(output) {}
  std::size_t values_in(uint64_t first, uint64_t count, std::size_t bytes_each) const;
  void read_into(void* values, hid_t memory_type, uint64_t first, uint64_t count) const;

  Hdf5Handle set_;
  std::filesystem::path path_;
  std::string name_;
  uint64_t rows_, columns_;
  const Hdf5Output* output_;
};

/// A data set that is filled little by little: full chunks are written as they come, the rest by flush().
template <typename T>
class Hdf5Column {
 public:
  Hdf5Column(Hdf5Set set, uint64_t chunk_rows) : set_(std::move(set)), chunk_rows_(chunk_rows) {}

  void append(std::span<const T> values) {
    pending_.insert(pending_.end(), values.begin(), values.end());
    const uint64_t ready = pending_.size() / width() / chunk_rows_ * chunk_rows_;
    if (ready > 0) write(ready);
  }
  void flush() { write(pending_.size() / width()); }
  uint64_t rows() const { return set_.rows() + pending_.size() / width(); }
  uint64_t width() const { return set_.columns() == 0 ? 1 : set_.columns(); }

 private:
  void write(uint64_t rows) {
    set_.append(hdf5_type<T>().in_memory, pending_.data(), rows);
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(rows * width()));
  }
  Hdf5Set set_;
  uint64_t chunk_rows_;
  std::vector<T> pending_;
};

}  // namespace cfo::storage
