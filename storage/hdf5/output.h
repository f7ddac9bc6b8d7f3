// Where HDF5 writes to: a file driver of our own, so that a full disk is an exception here and never an error inside
// HDF5. For use inside storage/ only.
#pragma once

#include <hdf5.h>

#include <filesystem>
#include <memory>

namespace cfo::storage {

/// A file that HDF5 writes. HDF5 1.10 does not survive a failed write: files stay half open and the process crashes
/// when it ends. So this driver tells HDF5 that every write went well; after the first that did not, the disk is left
/// alone, HDF5 closes its file in peace (it reads back what it thinks it wrote), and check() throws.
class Hdf5Output {
 public:
  /// Creates the file, or empties it. Throws OutOfSpace or Error naming it.
  explicit Hdf5Output(const std::filesystem::path& path);
  ~Hdf5Output();
  Hdf5Output(const Hdf5Output&) = delete;
  Hdf5Output& operator=(const Hdf5Output&) = delete;

  /// Makes a file access property list use this file. Under Hdf5Lock; this object must outlive the HDF5 file.
  void attach_to(hid_t access_properties);

  /// From now on nothing reaches the disk.
  void give_up();

  /// Throws OutOfSpace or Error naming the file when a write has failed.
  void check() const;

  /// Closes the file on disk, after HDF5 has closed its own. Throws as check().
  void close();

  const std::filesystem::path& path() const { return path_; }

  struct State;

 private:
  std::filesystem::path path_;
  std::unique_ptr<State> state_;
};

}  // namespace cfo::storage
