// A download that is under way: what has come so far, and what tells whether the rest still fits it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace cfo::storage {

/// The bytes lie at partial_name(path) (base/durable_file.h), and beside them, in `.json`, where they came from. Only
/// bytes that were synced count when it is opened again: what a crash may have torn is fetched once more.
class PartFile {
 public:
  /// Opens what is there of `path` from `url`, or begins anew: another address, or nothing to know the file by again.
  /// Throws OutOfSpace or Error naming the file.
  PartFile(const std::filesystem::path& path, const std::string& url);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();  ///< keeps what a later call can go on from, as far as the disk allows, and removes the rest

  std::uint64_t size() const { return size_; }
  /// The ETag or date of the file that the bytes belong to.
  const std::string& validator() const { return validator_; }

  /// Drops all bytes; those that come belong to a file with this validator ("": cannot be resumed).
  void begin(const std::string& validator);
  void append(std::string_view bytes);
  /// Syncs the bytes and notes how many they are.
  void keep();
  /// Syncs; the file is whole now and no longer a download: partial_name(path) is ready for `publish`.
  void finish();
  /// Removes what there is.
  void discard();

  /// Bytes that a later PartFile of `path` could go on from, whatever their address; 0 where there are none.
  static std::uint64_t kept(const std::filesystem::path& path);

 private:
  void open();
  std::filesystem::path part_, note_;
  std::string url_, validator_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0, synced_ = 0;
};

}  // namespace cfo::storage
