#include "storage/checkpoint/bytes/zip_archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <utility>

#include "base/error.h"
#include "storage/checkpoint/bytes/zip_directory.h"

namespace cfo::storage {
namespace {

using namespace std::string_view_literals;

constexpr std::uint16_t stored_method = 0;
constexpr std::uint16_t deflated_method = 8;
// DEFLATE cannot expand further than this (RFC 1951: 258 bytes from 2 bits, less the block header).
constexpr std::uint64_t greatest_ratio = 1032;
constexpr std::uint64_t small_block = 64;
constexpr std::uint64_t free_inflation = 256ull << 20;
constexpr std::uint64_t inflation_per_byte = 16;

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;

/// A libarchive reader standing at the data of the one entry whose local header begins `bytes`, or null.
Reader reader_of_entry(std::string_view bytes) {
  Reader reader(archive_read_new(), &archive_read_free);
  archive_entry* header = nullptr;
  const bool ready = reader && archive_read_support_format_zip_streamable(reader.get()) == ARCHIVE_OK &&
                     archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) == ARCHIVE_OK &&
                     archive_read_next_header(reader.get(), &header) == ARCHIVE_OK;
  return ready ? std::move(reader) : Reader(nullptr, &archive_read_free);
}

/// Fills `text` exactly; false when the data is damaged, shorter or longer.
bool fill(archive* reader, std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const la_ssize_t got = archive_read_data(reader, text.data() + done, text.size() - done);
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  char beyond = 0;
  return archive_read_data(reader, &beyond, 1) == 0;
}

}  // namespace

bool is_zip(std::string_view bytes) { return bytes.starts_with("PK\x03\x04"sv) || bytes.starts_with("PK\x05\x06"sv); }

ZipArchive::ZipArchive(CheckpointBytes file) : file_(std::move(file)), entries_(read_zip_directory(file_)) {}

CheckpointBytes ZipArchive::read(std::string_view name) {
  const auto found = entries_.find(name);
  if (found == entries_.end())
    throw Error("{}: the zip archive has no entry '{}', so it is incomplete; download it again", file_.origin,
                printable(name));
  const Entry& entry = found->second;
  if (entry.method == stored_method) {
    if (entry.stored != entry.size)
      throw Error("{}: the entry '{}' gives two sizes ({} and {} bytes); the file is damaged or hostile, get it again",
                  file_.origin, printable(name), entry.stored, entry.size);
    return {file_.origin, file_.bytes.substr(entry.data, entry.size), file_.owner};
  }
  if (entry.method != deflated_method)
    throw Error(
        "{}: the entry '{}' is compressed by method {}; unpack the archive and zip it again uncompressed "
        "(zip -0 -r)",
        file_.origin, printable(name), entry.method);
  return bytes_in_memory(file_.origin, inflate(found->first, entry));
}

std::string ZipArchive::inflate(const std::string& name, const Entry& entry) {
  const std::uint64_t most = free_inflation + inflation_per_byte * file_.bytes.size();
  if (entry.size / greatest_ratio > entry.stored + small_block || entry.size > most - inflated_)
    throw Error(
        "{}: decompressing the entry '{}' would take {} bytes, as a zip bomb does; if you trust the file, unpack "
        "it and zip it again uncompressed (zip -0 -r)",
        file_.origin, printable(name), entry.size);
  inflated_ += entry.size;
  std::string text(entry.size, '\0');
  const Reader reader = reader_of_entry(file_.bytes.substr(entry.header));
  if (!reader || !fill(reader.get(), text))
    throw Error("{}: the compressed entry '{}' is damaged; download the file again", file_.origin, printable(name));
  return text;
}

}  // namespace cfo::storage
