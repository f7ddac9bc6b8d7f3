#include "storage/checkpoint/bytes/tar_reader.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/error.h"

namespace cfo::storage {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t most_members = 10'000;
constexpr std::uint64_t free_inflation = 256ull << 20;
constexpr std::uint64_t inflation_per_byte = 16;
constexpr std::size_t magic_offset = 257;  // POSIX ustar; GNU's magic begins alike

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"sv); }

bool succeeded(int status) { return status == ARCHIVE_OK || status == ARCHIVE_WARN; }

/// A reader of the archive's start, or null.
archive* opened(std::string_view bytes) {
  archive* reader = archive_read_new();
  const bool ready = reader != nullptr && archive_read_support_filter_gzip(reader) == ARCHIVE_OK &&
                     archive_read_support_format_tar(reader) == ARCHIVE_OK &&
                     archive_read_open_memory(reader, bytes.data(), bytes.size()) == ARCHIVE_OK;
  if (ready) return reader;
  archive_read_free(reader);
  return nullptr;
}

/// `path` without what means "here".
std::string_view plain(std::string_view path) {
  while (path.starts_with("./")) {
    path.remove_prefix(2);
    while (path.starts_with('/')) path.remove_prefix(1);
  }
  return path;
}

/// Where `part` lies in `whole`, when it does.
std::optional<std::string_view> inside(std::string_view whole, std::string_view part) {
  const std::less_equal<const char*> before;
  if (!before(whole.data(), part.data()) || !before(part.data() + part.size(), whole.data() + whole.size()))
    return std::nullopt;
  return whole.substr(static_cast<std::size_t>(part.data() - whole.data()), part.size());
}

}  // namespace

bool is_tar(std::string_view bytes) {
  if (!is_gzip(bytes)) return bytes.size() > magic_offset && bytes.substr(magic_offset).starts_with("ustar"sv);
  const std::unique_ptr<archive, decltype(&archive_read_free)> reader(opened(bytes), &archive_read_free);
  archive_entry* entry = nullptr;
  return reader && succeeded(archive_read_next_header(reader.get(), &entry));
}

TarReader::TarReader(CheckpointBytes file) : file_(std::move(file)), reader_(opened(file_.bytes)) {
  if (!reader_)
    throw Error("{}: the tar archive is damaged or cut off (it does not begin as one); download it again",
                file_.origin);
}

std::optional<std::string> TarReader::next() {
  for (;;) {
    const int status = archive_read_next_header(reader_.get(), &entry_);
    if (status == ARCHIVE_EOF) return std::nullopt;
    if (!succeeded(status)) refuse_damaged();
    const char* path = archive_entry_pathname(entry_);
    if (path == nullptr) path = archive_entry_pathname_utf8(entry_);
    if (path == nullptr)
      throw Error("{}: the tar archive has a member whose name cannot be read; download it again", file_.origin);
    require_inside(path);
    count_bytes();
    name_ = plain(path);
    if (archive_entry_filetype(entry_) == AE_IFDIR) continue;
    if (!names_.insert(name_).second)
      throw Error("{}: the tar archive has '{}' twice; the file is damaged or hostile, get it again", file_.origin,
                  printable(name_));
    if (names_.size() > most_members)
      throw Error("{}: the tar archive has more than {} members; the file is damaged or hostile, get it again",
                  file_.origin, most_members);
    return name_;
  }
}

void TarReader::require_inside(const std::string& path) const {
  if (leads_out(path))
    throw Error(
        "{}: the tar archive has a member '{}', a path that leads out of it; the file is hostile, get it from its "
        "publisher",
        file_.origin, printable(path));
}

void TarReader::count_bytes() {
  const std::uint64_t size =
      archive_entry_size(entry_) < 0 ? 0 : static_cast<std::uint64_t>(archive_entry_size(entry_));
  const std::uint64_t most =
      is_gzip(file_.bytes) ? free_inflation + inflation_per_byte * file_.bytes.size() : file_.bytes.size();
  if (size > most - bytes_)
    throw Error(
        "{}: the member '{}' of the tar archive claims {} bytes, more than the file can hold; it was cut off or is "
        "hostile, get it again",
        file_.origin, printable(archive_entry_pathname(entry_) ? archive_entry_pathname(entry_) : "?"), size);
  bytes_ += size;
}

CheckpointBytes TarReader::read() {
  const std::string origin = file_.origin + ": " + printable(name_);
  if (archive_entry_filetype(entry_) != AE_IFREG || archive_entry_hardlink(entry_) != nullptr)
    throw Error("{}: is a link or a device in the tar archive, not a file; get the file from its publisher", origin);
  const auto size = static_cast<std::size_t>(archive_entry_size(entry_));
  std::string copy;
  for (std::size_t done = 0;;) {
    const void* block = nullptr;
    std::size_t length = 0;
    la_int64_t offset = 0;
    const int status = archive_read_data_block(reader_.get(), &block, &length, &offset);
    if (status == ARCHIVE_EOF) break;
    if (!succeeded(status)) refuse_damaged();
    if (static_cast<std::uint64_t>(offset) != done || length > size - done)
      throw Error("{}: is stored in pieces in the tar archive; unpack it and pack it again without --sparse", origin);
    const std::string_view bytes(static_cast<const char*>(block), length);
    if (const auto part = inside(file_.bytes, bytes); part && length == size) return {origin, *part, file_.owner};
    copy.reserve(size);
    copy += bytes;
    done += length;
  }
  if (copy.size() != size) refuse_damaged();
  return bytes_in_memory(origin, std::move(copy));
}

void TarReader::refuse_damaged() const {
  const char* reason = archive_error_string(reader_.get());
  throw Error("{}: the tar archive is damaged or cut off ({}); download it again", file_.origin,
              reason == nullptr ? "it ends early" : reason);
}

}  // namespace cfo::storage
