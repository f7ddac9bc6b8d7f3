#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "storage/checkpoint/bytes/json.h"
#include "storage/checkpoint/formats/safetensors.h"
#include "storage/checkpoint/values/tensor.h"

namespace cfo::storage {
namespace {

using nlohmann::json;

constexpr std::uint64_t size_field = sizeof(std::uint64_t);
constexpr std::uint64_t largest_header = 100'000'000;  // MAX_HEADER_SIZE of the reference implementation
constexpr int deepest_header = 3;                      // header -> tensor -> shape
constexpr std::string_view metadata_key = "__metadata__";

/// One row of the header, checked to be well formed; offsets are bytes from the start of the data.
struct Row {
  std::string name;
  const CheckpointType* type = nullptr;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

class Parser {
 public:
  explicit Parser(const CheckpointBytes& file) : file_(file) {}

  CheckpointDocument parse() const {
    const auto size = number_at<std::uint64_t>(file_.bytes, 0);
    if (!size) throw Error("{}: the safetensors file is cut off in its first bytes; download it again", file_.origin);
    if (*size > largest_header)
      throw Error("{}: the safetensors header claims {} bytes, more than the {} allowed; get the file again",
                  file_.origin, *size, largest_header);
    const auto header = part_of(file_.bytes, size_field, *size);
    if (!header)
      throw Error(
          "{}: the safetensors header claims {} bytes but the file has only {}; it was cut off, download it again",
          file_.origin, *size, file_.bytes.size());
    return build(parse_header(*header), file_.bytes.substr(size_field + *size));
  }

 private:
  [[noreturn]] void damaged(const std::string& why) const {
    throw Error("{}: the safetensors header is damaged ({}); download the file again", file_.origin, why);
  }

  json parse_header(std::string_view text) const {
    return parse_json_object(text, deepest_header, [this](const std::string& why) { damaged(why); });
  }

  CheckpointDocument build(const json& header, std::string_view data) const {
    CheckpointDocument document;
    MappingValue top;
    std::vector<Row> rows;
    for (const auto& [name, value] : header.items()) {
      if (name == metadata_key)
        top.items.emplace_back(document.add({TextValue{name}}), add_metadata(document, value));
      else
        rows.push_back(parse_row(name, value));
    }
    require_filled(rows, data.size());
    for (const Row& row : rows)
      top.items.emplace_back(document.add({TextValue{row.name}}),
                             document.add({tensor_of(row, data, document.copies)}));
    document.root = document.add({std::move(top)});
    return document;
  }

  const CheckpointValue* add_metadata(CheckpointDocument& document, const json& metadata) const {
    if (!metadata.is_object()) damaged("its __metadata__ is not an object");
    MappingValue texts;
    for (const auto& [key, value] : metadata.items()) {
      if (!value.is_string()) damaged("its __metadata__ holds something other than text");
      texts.items.emplace_back(document.add({TextValue{key}}), document.add({TextValue{value.get<std::string>()}}));
    }
    return document.add({std::move(texts)});
  }

  Row parse_row(const std::string& name, const json& value) const {
    const std::string shown = printable(name);
    const bool complete = value.is_object() && value.contains("dtype") && value["dtype"].is_string() &&
                          value.contains("shape") && value["shape"].is_array() && value.contains("data_offsets") &&
                          value["data_offsets"].is_array() && value["data_offsets"].size() == 2;
    if (!complete) damaged(fmt::format("the entry '{}' lacks dtype, shape or data_offsets", shown));
    const auto dtype = value["dtype"].get<std::string>();
    const CheckpointType* type = type_named(dtype);
    if (type == nullptr || type->safetensors != dtype)
      throw Error("{}: the tensor '{}' has the element type '{}', which is not read; save it as F32, F16 or BF16",
                  file_.origin, shown, printable(dtype));
    Row row{name, type, {}, offset_of(value["data_offsets"][0], shown), offset_of(value["data_offsets"][1], shown)};
    for (const json& size : value["shape"]) row.shape.push_back(size_of(size, shown));
    return row;
  }

  std::uint64_t offset_of(const json& number, const std::string& name) const {
    if (!number.is_number_unsigned()) damaged(fmt::format("the data_offsets of '{}' are not whole numbers", name));
    return number.get<std::uint64_t>();
  }

  std::int64_t size_of(const json& number, const std::string& name) const {
    if (number.is_number_integer() && !number.is_number_unsigned())
      throw Error("{}: the tensor '{}' has a negative size ({}); the file is damaged or hostile, get it again",
                  file_.origin, name, number.get<std::int64_t>());
    if (!number.is_number_unsigned()) damaged(fmt::format("the shape of '{}' is not whole numbers", name));
    const auto size = number.get<std::uint64_t>();
    if (size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      throw Error(
          "{}: the tensor '{}' has a shape whose element count overflows; the file is damaged or hostile, get it "
          "again",
          file_.origin, name);
    return static_cast<std::int64_t>(size);
  }

  /// The rows in the order of their bytes must follow each other from 0 to the end of the data.
  void require_filled(const std::vector<Row>& rows, std::uint64_t data_size) const {
    std::vector<const Row*> ordered;
    for (const Row& row : rows) ordered.push_back(&row);
    std::sort(ordered.begin(), ordered.end(),
              [](const Row* a, const Row* b) { return std::pair(a->begin, a->end) < std::pair(b->begin, b->end); });
    std::uint64_t filled = 0;
    for (const Row* row : ordered) {
      if (row->end < row->begin || row->end > data_size)
        throw Error(
            "{}: the bytes {} to {} of the tensor '{}' are outside the {} bytes of data; the file was cut off or is "
            "hostile, download it again",
            file_.origin, row->begin, row->end, printable(row->name), data_size);
      if (row->begin != filled)
        throw Error("{}: the bytes of the tensor '{}' {}; the file is damaged or hostile, get it again", file_.origin,
                    printable(row->name), row->begin < filled ? "overlap those of another" : "leave a gap before them");
      filled = row->end;
    }
    if (filled != data_size)
      throw Error("{}: {} bytes after the last tensor belong to none; the file is damaged, download it again",
                  file_.origin, data_size - filled);
  }

  at::Tensor tensor_of(const Row& row, std::string_view data, AlignedCopies& copies) const {
    const std::string where = fmt::format("{}: the tensor '{}'", file_.origin, printable(row.name));
    const std::string_view bytes = data.substr(row.begin, row.end - row.begin);
    std::optional<std::int64_t> wanted = row.type->bytes;
    for (const std::int64_t size : row.shape)
      if (wanted) wanted = product(*wanted, size);
    if (!wanted)
      throw Error("{} has a shape whose element count overflows; the file is damaged or hostile, get it again", where);
    if (static_cast<std::uint64_t>(*wanted) != bytes.size())
      throw Error("{} has {} bytes but its shape and type need {}; the file is damaged or hostile, get it again", where,
                  bytes.size(), *wanted);
    if (row.type->type == at::kBool) require_bools(bytes, where);
    return tensor_over(copies.aligned(bytes, file_.owner), {row.type->type, row.shape, contiguous_strides(row.shape)},
                       where);
  }

  const CheckpointBytes& file_;
};

}  // namespace

bool is_safetensors(std::string_view bytes) {
  if (bytes.size() <= size_field || bytes[size_field] != '{') return false;
  // A text file has letters where the upper bytes of the header size are zero.
  return bytes[size_field - 1] == '\0' && bytes[size_field - 2] == '\0';
}

CheckpointDocument read_safetensors(const CheckpointBytes& file) { return Parser(file).parse(); }

std::map<std::string, std::string> read_safetensors_metadata(const std::filesystem::path& file) {
  const CheckpointBytes bytes = map_checkpoint(file);
  if (!is_safetensors(bytes.bytes))
    throw Error("{}: is not a safetensors file; name one that write_safetensors or Hugging Face made", bytes.origin);
  const CheckpointDocument document = read_safetensors(bytes);
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : document.root->as<MappingValue>()->items) {
    if (key->as<TextValue>()->text != metadata_key) continue;
    for (const auto& [name, text] : value->as<MappingValue>()->items)
      metadata.emplace(name->as<TextValue>()->text, text->as<TextValue>()->text);
  }
  return metadata;
}

}  // namespace cfo::storage
