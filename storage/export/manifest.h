// What an export wrote, and from what: OUTPUT/manifest.tsv.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace cfo::storage {

/// Of each file below the output folder: the digest of what it was made from, and of what it held.
class Manifest {
 public:
  /// Takes over what an earlier export wrote there.
  explicit Manifest(std::filesystem::path output);

  /// Whether `file` was made from `source` and holds what was written then. Reads it whole.
  bool holds(const std::filesystem::path& file, const std::string& source) const;
  /// `file` was written from `source`.
  void add(const std::filesystem::path& file, const std::string& source);
  /// Writes the table, where something was added since. Throws OutOfSpace / Error.
  void save();

 private:
  struct Entry {
    std::string source, sha256;
  };
  std::string name_of(const std::filesystem::path& file) const;

  std::filesystem::path output_;
  std::map<std::string, Entry> entries_;  ///< by path below the output folder
  bool changed_ = false;
};

}  // namespace cfo::storage
