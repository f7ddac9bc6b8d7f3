// A small face of HDF5 for the files of storage/: attributes, columns, and errors as sentences. Every function enters
// HDF5 under Hdf5Lock. For use inside storage/ only.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/hdf5/handle.h"
#include "storage/hdf5/set.h"

namespace cfo::storage {

class Hdf5File {
 public:
  /// Throws OutOfSpace or Error naming the file.
  static Hdf5File create(const std::filesystem::path& path);
  /// For reading. Throws Error for a missing, truncated, unfinished or foreign file.
  static Hdf5File open(const std::filesystem::path& path);
  Hdf5File(Hdf5File&&) noexcept = default;
  Hdf5File& operator=(Hdf5File&&) = delete;
  ~Hdf5File() { give_up(); }

  /// Gives up a file being written that was not finished: what HDF5 still holds back does not reach the disk.
  void give_up();

  /// Completes a file being written. Throws OutOfSpace or Error.
  void finish();

  /// Texts are of fixed length, which HDF5 keeps under a checksum. (Those of variable length it does not, and a damaged
  /// one crashes HDF5 1.10 and its readers.)
  void write_attribute(const std::string& name, const std::string& text);
  void write_attribute(const std::string& name, int64_t number);
  bool has_attribute(const std::string& name) const;
  std::string text_attribute(const std::string& name) const;
  int64_t number_attribute(const std::string& name) const;

  /// `schema` and `schema_version`: what kind of file it is.
  void write_schema(const std::string& schema, int64_t version);
  /// Throws Error unless the file is of this schema and not of a newer version than `version`.
  void check_schema(const std::string& schema, int64_t version) const;

  void make_group(const std::string& name);
  bool has(const std::string& name) const;  ///< whether there is a data set or group; its parent must exist
  std::vector<std::string> names_in(const std::string& group) const;  ///< sorted

  Hdf5Set set(const std::string& name) const { return Hdf5Set::open(file_.get(), path_, name); }
  template <typename T>
  Hdf5Set create_set(const std::string& name, uint64_t columns, uint64_t chunk_rows) {
    return Hdf5Set::create(file_.get(), *output_, name, hdf5_type<T>().in_file, columns, chunk_rows);
  }

  /// A whole column [values.size() / columns, columns], or of rank one where `columns` is 0.
  template <typename T>
  void write_column(const std::string& name, std::span<const T> values, uint64_t columns = 0) {
    const uint64_t rows = values.size() / std::max<uint64_t>(1, columns);
    create_set<T>(name, columns, chunk_for(rows, columns)).append(hdf5_type<T>().in_memory, values.data(), rows);
  }
  template <typename T>
  std::vector<T> read_column(const std::string& name) const {
    const Hdf5Set column = set(name);
    return column.read<T>(0, column.rows());
  }
  void write_texts(const std::string& name, std::span<const std::string> texts);
  std::vector<std::string> read_texts(const std::string& name) const { return set(name).read_texts(); }

  const std::filesystem::path& path() const { return path_; }

 private:
  Hdf5File(std::filesystem::path path, std::unique_ptr<Hdf5Output> output, Hdf5Handle file)
      : path_(std::move(path)), output_(std::move(output)), file_(std::move(file)) {}
  static uint64_t chunk_for(uint64_t rows, uint64_t columns);
  std::filesystem::path path_;
  std::unique_ptr<Hdf5Output> output_;  // of a file being written; outlives file_
  Hdf5Handle file_;
};

}  // namespace cfo::storage
