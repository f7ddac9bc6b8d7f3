#include "base/text.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace cfo {
namespace {

/// Length of the well-formed sequence at the start of `bytes`, 0 where there is none.
std::size_t sequence_length(std::string_view bytes) {
  utf8proc_int32_t code = 0;
  const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
                                       static_cast<utf8proc_ssize_t>(bytes.size()), &code);
  return length > 0 ? static_cast<std::size_t>(length) : 0;
}

/// In Unicode's form NFC.
std::string composed(const std::string& text) {
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> form(
      utf8proc_NFC(reinterpret_cast<const utf8proc_uint8_t*>(text.c_str())), &std::free);
  return form ? reinterpret_cast<const char*>(form.get()) : text;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    const auto first = static_cast<unsigned char>(bytes.front());
    if (length == 0 || first < 0x20 || first == 0x7F) {
      text += fmt::format("\\x{:02X}", first);
      bytes.remove_prefix(1);
    } else {
      text += bytes.substr(0, length);
      bytes.remove_prefix(length);
    }
  }
  return text;
}

std::string counted(std::size_t number, std::string_view noun, std::string_view plural) {
  if (number == 1) return fmt::format("1 {}", noun);
  return fmt::format("{} {}", number == 0 ? "no" : std::to_string(number),
                     plural.empty() ? fmt::format("{}s", noun) : plural);
}

bool same_letters(std::string_view a, std::string_view b) {
  return is_utf8(a) && is_utf8(b) && composed(std::string(a)) == composed(std::string(b));
}

std::string with_home(const std::string& path) {
  const char* const home = std::getenv("HOME");
  if (home == nullptr || (path != "~" && !path.starts_with("~/"))) return path;
  return home + path.substr(1);
}

}  // namespace cfo
