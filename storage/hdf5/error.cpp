#include "storage/hdf5/error.h"

#include <hdf5.h>

#include <charconv>
#include <cstring>
#include <string_view>

#include "base/error.h"

namespace cfo::storage {
namespace {

/// What matters of an error stack.
struct Findings {
  std::string innermost;  // the words of the function that failed first
  int system_error = 0;   // errno, 0 if the system did not fail
  bool checksum = false;
  bool truncated = false;
  bool unfinished = false;
  bool foreign = false;
};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// HDF5's file driver puts "errno = 28" into its words.
int errno_in(std::string_view text) {
  constexpr std::string_view mark = "errno = ";
  const auto at = text.find(mark);
  int value = 0;
  if (at != std::string_view::npos) std::from_chars(text.data() + at + mark.size(), text.data() + text.size(), value);
  return value;
}

herr_t note_entry(unsigned depth, const H5E_error2_t* entry, void* user) {
  auto& findings = *static_cast<Findings*>(user);
  const std::string_view words = entry->desc != nullptr ? entry->desc : "";
  if (depth == 0) findings.innermost = words;
  if (const int found = errno_in(words); found != 0) findings.system_error = found;
  findings.checksum |= contains(words, "Fletcher32") || contains(words, "checksum");
  findings.truncated |= contains(words, "truncated file") || contains(words, "addr overflow");
  findings.unfinished |= contains(words, "already open for write");
  findings.foreign |= contains(words, "signature not found");
  return 0;
}

Findings read_error_stack() {
  Findings findings;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note_entry, &findings);
  H5Eclear2(H5E_DEFAULT);
  return findings;
}

}  // namespace

void throw_hdf5_error(const std::filesystem::path& path, const std::string& doing) {
  const Findings found = read_error_stack();
  const std::string name = path.string();
  if (found.system_error != 0) throw Error("{}: cannot {} ({})", name, doing, std::strerror(found.system_error));
  if (found.foreign) throw Error("{}: not an HDF5 file; give a .h5 file that CFO has written", name);
  if (found.truncated) throw Error("{}: is cut off (its end is missing); delete it and run the graph again", name);
  if (found.unfinished) throw Error("{}: was never finished by its writer; delete it and run the graph again", name);
  if (found.checksum)
    throw Error("{}: is damaged: a checksum does not match, so CFO cannot {}; delete it and run the graph again", name,
                doing);
  throw Error("{}: cannot {} (HDF5: {}); delete the file and run the graph again", name, doing, found.innermost);
}

}  // namespace cfo::storage
