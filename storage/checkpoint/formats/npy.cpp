#include "storage/checkpoint/formats/npy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "base/error.h"
#include "storage/checkpoint/values/tensor.h"

namespace cfo::storage {
namespace {

using namespace std::string_view_literals;

constexpr auto magic = "\x93NUMPY"sv;
constexpr std::size_t longest_header = 10'000;  // numpy.load allows no longer one either

struct NpyType {
  std::string_view descr;
  at::ScalarType type;
};
constexpr std::array types{NpyType{"<f2", at::kHalf}, NpyType{"<f4", at::kFloat}, NpyType{"<f8", at::kDouble},
                           NpyType{"<i8", at::kLong}};

struct Header {
  std::optional<std::string_view> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::int64_t>> shape;
};

/// Reads the dict that numpy writes: three keys in any order, a text, a truth and a tuple of whole numbers. Anything
/// else is not there.
class HeaderText {
 public:
  explicit HeaderText(std::string_view text) : text_(text) {}

  /// Nothing where the text is no such dict.
  std::optional<Header> read() {
    Header header;
    if (!take("{")) return std::nullopt;
    while (!take("}")) {
      const auto key = quoted();
      if (!key || !take(":") || !read_value(*key, header)) return std::nullopt;
      if (!take(",") && !at("}")) return std::nullopt;
    }
    skip_spaces();
    const bool complete = header.descr && header.fortran_order && header.shape;
    return text_.empty() && complete ? std::optional(header) : std::nullopt;
  }

 private:
  bool read_value(std::string_view key, Header& header) {
    if (key == "descr" && !header.descr) return (header.descr = descr()).has_value();
    if (key == "fortran_order" && !header.fortran_order) return (header.fortran_order = truth()).has_value();
    if (key == "shape" && !header.shape) return (header.shape = sizes()).has_value();
    return false;
  }

  void skip_spaces() { text_.remove_prefix(std::min(text_.find_first_not_of(" \n"), text_.size())); }

  bool at(std::string_view mark) {
    skip_spaces();
    return text_.starts_with(mark);
  }

  bool take(std::string_view mark) {
    if (!at(mark)) return false;
    text_.remove_prefix(mark.size());
    return true;
  }

  std::optional<std::string_view> quoted() {
    if (!at("'") && !at("\"")) return std::nullopt;
    const std::size_t end = text_.find(text_.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    const auto inside = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return inside;
  }

  /// A text, or the list of a structured type as it stands there.
  std::optional<std::string_view> descr() {
    if (!at("[")) return quoted();
    const std::size_t end = text_.find("]");
    if (end == std::string_view::npos) return std::nullopt;
    const auto list = text_.substr(0, end + 1);
    text_.remove_prefix(end + 1);
    return list;
  }

  std::optional<bool> truth() {
    if (take("True")) return true;
    if (take("False")) return false;
    return std::nullopt;
  }

  std::optional<std::vector<std::int64_t>> sizes() {
    if (!take("(")) return std::nullopt;
    std::vector<std::int64_t> found;
    while (!take(")")) {
      skip_spaces();
      std::int64_t size = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), size);
      if (error != std::errc()) return std::nullopt;
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      found.push_back(size);
      if (!take(",") && !at(")")) return std::nullopt;
    }
    return found;
  }

  std::string_view text_;
};

/// Where the header's text lies.
struct Place {
  std::uint64_t begin, size;
};

Place header_place(const CheckpointBytes& file) {
  const auto major = number_at<std::uint8_t>(file.bytes, magic.size());
  const std::uint64_t begin = magic.size() + 2;
  if (major == 1) {
    if (const auto size = number_at<std::uint16_t>(file.bytes, begin)) return {begin + sizeof *size, *size};
  } else if (major == 2 || major == 3) {
    if (const auto size = number_at<std::uint32_t>(file.bytes, begin)) return {begin + sizeof *size, *size};
  } else if (major) {
    throw Error("{}: is a numpy array of format version {}, which is not read; save it again with numpy.save",
                file.origin, *major);
  }
  throw Error("{}: the numpy array ends inside its header; the file was cut off, download it again", file.origin);
}

Header header_of(const CheckpointBytes& file, const Place& place) {
  if (place.size > longest_header) {
    throw Error(
        "{}: the numpy header claims {} bytes, more than the {} allowed; the file is damaged or hostile, get it again",
        file.origin, place.size, longest_header);
  }
  const auto text = part_of(file.bytes, place.begin, place.size);
  if (!text) {
    throw Error("{}: the numpy header claims {} bytes but the file has only {}; it was cut off, download it again",
                file.origin, place.size, file.bytes.size());
  }
  const auto header = HeaderText(*text).read();
  if (!header)
    throw Error("{}: the numpy header is damaged ('{}'); download the file again", file.origin, printable(*text));
  return *header;
}

at::ScalarType type_of_array(const CheckpointBytes& file, const Header& header) {
  for (const auto& row : types) {
    if (row.descr == *header.descr) return row.type;
  }
  throw Error(
      "{}: the numpy array has the element type '{}', which is not read; save it as little-endian float32 "
      "(array.astype('<f4'))",
      file.origin, printable(*header.descr));
}

}  // namespace

bool is_npy(std::string_view bytes) { return bytes.starts_with(magic); }

CheckpointDocument read_npy(const CheckpointBytes& file) {
  const auto place = header_place(file);
  const auto header = header_of(file, place);
  const auto type = type_of_array(file, header);
  if (*header.fortran_order) {
    throw Error("{}: the numpy array is in Fortran order, which is not read; save numpy.ascontiguousarray(array)",
                file.origin);
  }
  const auto data = file.bytes.substr(place.begin + place.size);
  CheckpointDocument document;
  const auto tensor =
      tensor_over(document.copies.aligned(data, file.owner), {type, *header.shape, contiguous_strides(*header.shape)},
                  fmt::format("{}: the numpy array", file.origin));
  const auto needed = static_cast<std::uint64_t>(tensor.numel()) * tensor.element_size();
  if (data.size() != needed) {
    throw Error("{}: {} bytes after the numpy array belong to nothing; the file is damaged, download it again",
                file.origin, data.size() - needed);
  }
  document.root = document.add({tensor});
  return document;
}

}  // namespace cfo::storage
