#include "storage/tables/compressed_text.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <vector>

#include "base/error.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

struct ArchiveCloser {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, ArchiveCloser>;

constexpr std::size_t block_size = 1 << 16;

[[noreturn]] void throw_unreadable(const fs::path& path, archive* reader) {
  const char* reason = archive_error_string(reader);
  throw Error("{}: cannot be read to its end ({}); copy it again from its source", path.string(),
              reason == nullptr ? "it is damaged" : reason);
}

}  // namespace

std::string read_compressed_text(const fs::path& path) {
  std::error_code problem;
  if (!fs::exists(path, problem)) throw Error("{}: no such file", path.string());
  if (fs::is_directory(path, problem)) throw Error("{}: is a folder, not a file", path.string());
  const Reader reader(archive_read_new());
  archive_read_support_filter_all(reader.get());
  archive_read_support_format_raw(reader.get());
  archive_read_support_format_empty(reader.get());
  archive_entry* entry = nullptr;
  if (archive_read_open_filename(reader.get(), path.c_str(), block_size) != ARCHIVE_OK)
    throw_unreadable(path, reader.get());
  const int header = archive_read_next_header(reader.get(), &entry);
  if (header == ARCHIVE_EOF) return "";
  if (header != ARCHIVE_OK) throw_unreadable(path, reader.get());
  std::string text;
  std::vector<char> block(block_size);
  for (la_ssize_t got = 0; (got = archive_read_data(reader.get(), block.data(), block.size())) != 0;) {
    if (got < 0) throw_unreadable(path, reader.get());
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace cfo::storage
