#include "storage/checkpoint/bytes/zip_directory.h"

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace cfo::storage {
namespace {

using Entries = std::map<std::string, ZipArchive::Entry, std::less<>>;

// Signatures and fixed sizes of the records: APPNOTE 4.3.
constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t end64_signature = 0x06064b50;
constexpr std::uint32_t locator64_signature = 0x07064b50;
constexpr std::uint64_t local_size = 30;
constexpr std::uint64_t central_size = 46;
constexpr std::uint64_t end_size = 22;
constexpr std::uint64_t end64_size = 56;
constexpr std::uint64_t locator64_size = 20;
constexpr std::uint64_t longest_comment = 0xffff;
constexpr std::uint16_t zip64_field = 0x0001;
constexpr std::uint32_t in_zip64 = 0xffffffff;
constexpr std::uint16_t encrypted_flag = 1;

/// Where the central directory lies.
struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t count = 0;
};

class Parser {
 public:
  explicit Parser(const CheckpointBytes& file) : file_(file) {}

  Entries parse() const {
    const std::uint64_t end = find_end();
    const Directory directory = read_end(end);
    if (directory.offset > end || end - directory.offset < directory.size)
      damaged("its directory lies outside the file");
    if (directory.count > directory.size / central_size) damaged("its directory is shorter than its entry count says");
    Entries entries;
    std::uint64_t at = directory.offset;
    for (std::uint64_t i = 0; i < directory.count; ++i) at = read_entry(at, directory, entries);
    require_apart(entries);
    return entries;
  }

 private:
  [[noreturn]] void damaged(std::string_view why) const {
    throw Error("{}: the zip archive is damaged ({}); download the file again", file_.origin, why);
  }

  template <typename Number>
  Number number(std::uint64_t offset) const {
    const auto value = number_at<Number>(file_.bytes, offset);
    if (!value) damaged("a record is cut off");
    return *value;
  }

  std::uint64_t find_end() const {
    const std::uint64_t size = file_.bytes.size();
    const std::uint64_t lowest = size > end_size + longest_comment ? size - end_size - longest_comment : 0;
    for (std::uint64_t at = size < end_size ? 0 : size - end_size + 1; at-- > lowest;) {
      if (number<std::uint32_t>(at) == end_signature && at + end_size + number<std::uint16_t>(at + 20) == size)
        return at;
    }
    throw Error("{}: the end of the zip archive is missing, so the file was cut off; download it again", file_.origin);
  }

  Directory read_end(std::uint64_t end) const {
    Directory directory{number<std::uint32_t>(end + 16), number<std::uint32_t>(end + 12),
                        number<std::uint16_t>(end + 10)};
    if (end < locator64_size || number<std::uint32_t>(end - locator64_size) != locator64_signature) return directory;
    const auto at = number<std::uint64_t>(end - locator64_size + 8);
    if (at > end - locator64_size || end - locator64_size - at < end64_size ||
        number<std::uint32_t>(at) != end64_signature)
      damaged("its zip64 end record is not where it should be");
    return {number<std::uint64_t>(at + 48), number<std::uint64_t>(at + 40), number<std::uint64_t>(at + 32)};
  }

  /// Adds the entry whose central record is at `at`; returns where the next one begins.
  std::uint64_t read_entry(std::uint64_t at, const Directory& directory, Entries& entries) const {
    if (number<std::uint32_t>(at) != central_signature) damaged("its directory has a broken record");
    const std::uint64_t name_size = number<std::uint16_t>(at + 28);
    const std::uint64_t extra_size = number<std::uint16_t>(at + 30);
    const std::uint64_t next = at + central_size + name_size + extra_size + number<std::uint16_t>(at + 32);
    if (next > directory.offset + directory.size) damaged("its directory has a broken record");
    const std::string name(file_.bytes.substr(at + central_size, name_size));
    if (number<std::uint16_t>(at + 8) & encrypted_flag)
      throw Error("{}: the entry '{}' is encrypted; unpack the archive and save it without a password", file_.origin,
                  printable(name));
    ZipArchive::Entry entry = sizes_of(at, file_.bytes.substr(at + central_size + name_size, extra_size));
    if (name.ends_with('/')) return next;
    entry.data = data_of(entry, name, directory);
    if (!entries.emplace(name, entry).second)
      throw Error(
          "{}: the zip archive has two entries named '{}', as only a hostile file has; get it from its official "
          "source",
          file_.origin, printable(name));
    return next;
  }

  /// Sizes and place from the central record, widened by its zip64 field where there is one.
  ZipArchive::Entry sizes_of(std::uint64_t at, std::string_view extra) const {
    ZipArchive::Entry entry{.header = number<std::uint32_t>(at + 42),
                            .stored = number<std::uint32_t>(at + 20),
                            .size = number<std::uint32_t>(at + 24),
                            .method = number<std::uint16_t>(at + 10)};
    const std::string_view wide = zip64_part(extra);
    std::uint64_t used = 0;
    for (std::uint64_t* value : {&entry.size, &entry.stored, &entry.header}) {
      if (*value != in_zip64) continue;
      const auto widened = number_at<std::uint64_t>(wide, used);
      if (!widened) damaged("an entry lacks its zip64 sizes");
      *value = *widened;
      used += sizeof(std::uint64_t);
    }
    return entry;
  }

  std::string_view zip64_part(std::string_view extra) const {
    for (std::uint64_t at = 0; at + 4 <= extra.size();) {
      const auto part = part_of(extra, at + 4, *number_at<std::uint16_t>(extra, at + 2));
      if (!part) return {};
      if (*number_at<std::uint16_t>(extra, at) == zip64_field) return *part;
      at += 4 + part->size();
    }
    return {};
  }

  /// Where the entry's bytes begin, by its local header; they must end before the directory.
  std::uint64_t data_of(const ZipArchive::Entry& entry, const std::string& name, const Directory& directory) const {
    const auto outside = [&] { damaged(fmt::format("the entry '{}' reaches outside the file", printable(name))); };
    if (entry.header > directory.offset || directory.offset - entry.header < local_size) outside();
    if (number<std::uint32_t>(entry.header) != local_signature)
      damaged(fmt::format("the entry '{}' is not where the directory says", printable(name)));
    const std::uint64_t name_size = number<std::uint16_t>(entry.header + 26);
    const std::uint64_t data = entry.header + local_size + name_size + number<std::uint16_t>(entry.header + 28);
    if (data > directory.offset || directory.offset - data < entry.stored) outside();
    if (file_.bytes.substr(entry.header + local_size, name_size) != name)
      damaged(fmt::format("the entry '{}' has another name in its own header", printable(name)));
    return data;
  }

  /// Entries that share bytes are how small archives unfold into huge ones.
  void require_apart(const Entries& entries) const {
    std::vector<const Entries::value_type*> ordered;
    for (const auto& entry : entries) ordered.push_back(&entry);
    std::sort(ordered.begin(), ordered.end(),
              [](const auto* a, const auto* b) { return a->second.header < b->second.header; });
    for (std::size_t i = 1; i < ordered.size(); ++i) {
      const auto& before = ordered[i - 1]->second;
      if (before.data + before.stored > ordered[i]->second.header)
        throw Error(
            "{}: the zip entries '{}' and '{}' overlap, as only in a hostile file; get it from its official "
            "source",
            file_.origin, printable(ordered[i - 1]->first), printable(ordered[i]->first));
    }
  }

  const CheckpointBytes& file_;
};

}  // namespace

Entries read_zip_directory(const CheckpointBytes& file) { return Parser(file).parse(); }

}  // namespace cfo::storage
