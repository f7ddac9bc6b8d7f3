// Members of archives, honest and hostile.
#include "storage/download/unpack.h"

#include <archive.h>
#include <archive_entry.h>

#include <vector>

#include "base/durable_file.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;
namespace fs = std::filesystem;

namespace {

struct Entry {
  std::string name, bytes;
  std::string link = {};
};

/// An archive by libarchive's writer: "zip" or "tar.gz".
void write_archive(const fs::path& file, const std::string& kind, const std::vector<Entry>& entries) {
  archive* const writer = archive_write_new();
  if (kind == "zip") {
    archive_write_set_format_zip(writer);
  } else {
    archive_write_set_format_pax_restricted(writer);
    archive_write_add_filter_gzip(writer);
  }
  REQUIRE(archive_write_open_filename(writer, file.c_str()) == ARCHIVE_OK);
  for (const auto& entry : entries) {
    archive_entry* const header = archive_entry_new();
    archive_entry_set_pathname(header, entry.name.c_str());
    archive_entry_set_filetype(header, entry.link.empty() ? AE_IFREG : AE_IFLNK);
    if (!entry.link.empty()) archive_entry_set_symlink(header, entry.link.c_str());
    archive_entry_set_size(header, static_cast<la_int64_t>(entry.bytes.size()));
    archive_entry_set_perm(header, 0644);
    REQUIRE(archive_write_header(writer, header) == ARCHIVE_OK);
    if (!entry.bytes.empty()) archive_write_data(writer, entry.bytes.data(), entry.bytes.size());
    archive_entry_free(header);
  }
  archive_write_close(writer);
  archive_write_free(writer);
}

std::string fault_of(const fs::path& archive, const std::vector<UnpackPart>& parts) {
  return sentence_of([&] { unpack(archive, parts); });
}

}  // namespace

TEST_CASE("only the members that are asked for are unpacked, by the end of their path or a pattern") {
  for (const std::string kind : {"zip", "tar.gz"}) {
    const TemporaryFolder folder;
    write_archive(folder / "a", kind,
                  {{"exp/one/model.pkl", "first"}, {"exp/two/model.pkl", "second"}, {"exp/config.yaml", "{}"}});
    const std::vector<UnpackPart> parts{{"one/model.pkl", folder / "x/1"}, {"exp/two/*.pkl", folder / "x/2"}};
    CHECK(fault_of(folder / "a", parts) == "");
    CHECK(bytes_of(folder / "x/1.partial") == "first");
    CHECK(bytes_of(folder / "x/2.partial") == "second");
    CHECK(std::distance(fs::directory_iterator(folder / "x"), fs::directory_iterator()) == 2);
    CHECK(has_member(folder / "a", "*.yaml"));
    CHECK_FALSE(has_member(folder / "a", "ne/model.pkl"));
  }
}

TEST_CASE("a member that is not there or not the only one is told, and nothing stays") {
  const TemporaryFolder folder;
  write_archive(folder / "a.zip", "zip", {{"m/1.pth", "a"}, {"m/2.pth", "b"}});
  CHECK(fault_of(folder / "a.zip", {{"3.pth", folder / "x"}}) ==
        (folder / "a.zip").string() + ": has no member '3.pth'; it holds 'm/1.pth', 'm/2.pth'");
  CHECK(has(fault_of(folder / "a.zip", {{"*.pth", folder / "x"}}), "both 'm/1.pth' and 'm/2.pth' could be '*.pth'"));
  CHECK_FALSE(fs::exists(folder / "x.partial"));
}

TEST_CASE("names that lead out of the archive and links are refused") {
  for (const std::string kind : {"zip", "tar.gz"}) {
    for (const std::string name : {"../../evil", "/etc/evil", "a/../../evil"}) {
      const TemporaryFolder folder;
      write_archive(folder / "a", kind, {{"model.pth", "good"}, {name, "evil"}});
      CHECK(has(fault_of(folder / "a", {{"model.pth", folder / "x"}}), "leads out of the archive"));
      CHECK_FALSE(fs::exists(folder / "x.partial"));
    }
  }
  const TemporaryFolder folder;
  write_archive(folder / "a.tar.gz", "tar.gz", {{"model.pth", "", "/etc/passwd"}});
  CHECK(has(fault_of(folder / "a.tar.gz", {{"model.pth", folder / "x"}}), "'model.pth' is a link or no file"));
  CHECK_FALSE(fs::exists(folder / "x.partial"));
}

TEST_CASE("a bomb is refused before it fills the disk") {
  const TemporaryFolder folder;
  write_archive(folder / "a.tar.gz", "tar.gz",
                {{"zeros", std::string(600 << 20, '\0')}, {"more", std::string(600 << 20, '\0')}, {"model.pth", "x"}});
  CHECK(fs::file_size(folder / "a.tar.gz") < 4'000'000);
  CHECK(has(fault_of(folder / "a.tar.gz", {{"model.pth", folder / "x"}}), "damaged or hostile"));
  CHECK_FALSE(fs::exists(folder / "x.partial"));
}

TEST_CASE("what is no archive, or is cut off or damaged, is told") {
  const TemporaryFolder folder;
  write_file(folder / "page", "<!doctype html><html></html>");
  CHECK(has(fault_of(folder / "page", {{"m", folder / "x"}}), "page: cannot be read as an archive ("));
  CHECK_FALSE(has_member(folder / "page", "m"));
  CHECK(has(fault_of(folder / "none", {{"m", folder / "x"}}), "none: cannot be read as an archive ("));
  std::string noise(100'000, '\0');
  unsigned state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  for (const std::string kind : {"zip", "tar.gz"}) {
    write_archive(folder / "whole", kind, {{"m", noise}});
    const std::string bytes = bytes_of(folder / "whole");
    write_file(folder / "cut", bytes.substr(0, bytes.size() / 2));
    CHECK(has(fault_of(folder / "cut", {{"m", folder / "x"}}), "cut: cannot be read as an archive ("));
    if (kind != "zip") continue;  // libarchive looks at no checksum of gzip
    std::string flipped = bytes;
    flipped[bytes.size() / 2] ^= 0x55;
    write_file(folder / "flipped", flipped);
    CHECK(has(fault_of(folder / "flipped", {{"m", folder / "x"}}), "flipped: "));
    CHECK_FALSE(fs::exists(folder / "x.partial"));
  }
}
