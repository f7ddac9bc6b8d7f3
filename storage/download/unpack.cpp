#include "storage/download/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/pattern.h"
#include "storage/checkpoint/bytes/bytes.h"
#include "storage/download/download.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t always_allowed = 1 << 30, bomb_ratio = 16;
constexpr std::size_t most_members = 100'000, names_told = 6, block_size = 1 << 16;

bool fits(const std::string& pattern, const std::string& name) {
  return matches(pattern, name) || matches("*/" + pattern, name);
}

/// Walks through the members of an archive.
class Members {
 public:
  explicit Members(const fs::path& archive) : path_(archive), reader_(archive_read_new(), archive_read_free) {
    archive_read_support_format_zip(reader_.get());
    archive_read_support_format_tar(reader_.get());
    archive_read_support_filter_gzip(reader_.get());
    archive_read_support_filter_bzip2(reader_.get());
    archive_read_support_filter_xz(reader_.get());
    if (archive_read_open_filename(reader_.get(), archive.c_str(), block_size) != ARCHIVE_OK) refuse_damaged();
    most_bytes_ = always_allowed + bomb_ratio * fs::file_size(archive);
  }

  /// Goes to the next member that is no folder; false at the end.
  bool next() {
    for (;;) {
      const int result = archive_read_next_header(reader_.get(), &entry_);
      if (result == ARCHIVE_EOF) return false;
      if (result != ARCHIVE_OK && result != ARCHIVE_WARN) refuse_damaged();
      if (++members_ > most_members)
        throw Error("{}: has more than {} members; it is damaged or hostile", path_.string(), most_members);
      read_name();
      count(archive_entry_size_is_set(entry_) ? static_cast<std::uint64_t>(archive_entry_size(entry_)) : 0);
      if (archive_entry_filetype(entry_) != AE_IFDIR) return true;
    }
  }

  const std::string& name() const { return name_; }

  /// Writes the member to a file.
  void write(const fs::path& file) {
    if (archive_entry_filetype(entry_) != AE_IFREG || archive_entry_hardlink(entry_) != nullptr)
      throw Error("{}: '{}' is a link or no file, which is not unpacked", path_.string(), printable(name_));
    if (archive_entry_is_encrypted(entry_) != 0)
      throw Error("{}: '{}' is encrypted, which is not read", path_.string(), printable(name_));
    if (archive_entry_size_is_set(entry_))
      require_room(file.parent_path(), static_cast<std::uint64_t>(archive_entry_size(entry_)));
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) throw_write_error(file, errno);
    const std::unique_ptr<const int, void (*)(const int*)> closing(&descriptor, [](const int* d) { ::close(*d); });
    std::vector<char> block(block_size);
    std::uint64_t written = 0;
    for (;;) {
      const la_ssize_t got = archive_read_data(reader_.get(), block.data(), block.size());
      if (got == 0) break;
      if (got < 0) refuse_damaged();
      written += static_cast<std::uint64_t>(got);
      if (written > most_bytes_) refuse_bomb();
      write_all(descriptor, file, {block.data(), static_cast<std::size_t>(got)});
    }
    if (archive_entry_size_is_set(entry_) && written != static_cast<std::uint64_t>(archive_entry_size(entry_)))
      throw Error("{}: '{}' has {} bytes where the archive says {}; it is damaged, get it again", path_.string(),
                  printable(name_), written, archive_entry_size(entry_));
  }

 private:
  [[noreturn]] void refuse_damaged() const {
    const char* const reason = archive_error_string(reader_.get());
    throw Error("{}: cannot be read as an archive ({}); get it again", path_.string(),
                reason != nullptr ? reason : "it is damaged");
  }
  [[noreturn]] void refuse_bomb() const {
    throw Error("{}: unpacks to more than {} bytes, which no file of this size should; it is damaged or hostile",
                path_.string(), most_bytes_);
  }
  void count(std::uint64_t bytes) {
    if (bytes > most_bytes_ || bytes_ + bytes > most_bytes_) refuse_bomb();
    bytes_ += bytes;
  }
  void read_name() {
    const char* const name = archive_entry_pathname(entry_);
    if (name == nullptr) throw Error("{}: has a member whose name cannot be read; get it again", path_.string());
    name_ = name;
    const fs::path path = name_;
    if (path.is_absolute() || std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; })) {
      throw Error("{}: the member '{}' leads out of the archive, as no honest one does; nothing was unpacked",
                  path_.string(), printable(name_));
    }
    while (name_.starts_with("./")) name_.erase(0, 2);
  }
  static void write_all(int descriptor, const fs::path& file, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw_write_error(file, errno);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  fs::path path_;
  std::unique_ptr<archive, int (*)(archive*)> reader_;
  archive_entry* entry_ = nullptr;
  std::string name_;
  std::size_t members_ = 0;
  std::uint64_t bytes_ = 0, most_bytes_ = 0;
};

[[noreturn]] void refuse_without(const fs::path& archive, const std::string& member, std::vector<std::string> names) {
  if (names.size() > names_told) {
    names.resize(names_told);
    names.emplace_back("...");
  }
  throw Error("{}: has no member '{}'; it holds {}", archive.string(), member,
              names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", ")));
}

void unpack_all(const fs::path& archive, std::span<const UnpackPart> parts) {
  Members members(archive);
  std::vector<std::string> found(parts.size()), names;
  while (members.next()) {
    names.push_back("'" + printable(members.name()) + "'");
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!fits(parts[i].member, members.name())) continue;
      if (!found[i].empty()) {
        throw Error("{}: both '{}' and '{}' could be '{}'; unpack the right one and use 'add'", archive.string(),
                    printable(found[i]), printable(members.name()), parts[i].member);
      }
      found[i] = members.name();
      members.write(partial_name(parts[i].target));
      break;  // a member is read once
    }
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (found[i].empty()) refuse_without(archive, parts[i].member, std::move(names));
  }
}

}  // namespace

void unpack(const fs::path& archive, std::span<const UnpackPart> parts) {
  std::error_code ignored;
  for (const auto& part : parts) {
    if (part.target.has_parent_path()) fs::create_directories(part.target.parent_path(), ignored);
  }
  try {
    unpack_all(archive, parts);
  } catch (...) {
    for (const auto& part : parts) fs::remove(partial_name(part.target), ignored);
    throw;
  }
}

bool has_member(const fs::path& archive, const std::string& member) {
  try {
    Members members(archive);
    while (members.next()) {
      if (fits(member, members.name())) return true;
    }
  } catch (const Error&) {  // no archive, or one that is not to be read
  }
  return false;
}

}  // namespace cfo::storage
