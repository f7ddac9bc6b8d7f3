#include "storage/corpus/protocol.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>
#include <string_view>

#include "base/error.h"
#include "storage/tables/compressed_text.h"
#include "storage/tables/text_lines.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

using Fields = std::vector<std::string_view>;

constexpr std::size_t fewest_fields = 4, most_fields = 7;
constexpr std::array<std::string_view, 3> quantizer_names = {"MVQ", "SVQ", "SQ"};
constexpr std::string_view misspelt_spoof = "spoofs";  // CoRS_ALL of CodecFake+, one line

std::optional<Label> label_named(std::string_view name) {
  if (name == "bonafide") return Label::bona_fide;
  if (name == "spoof" || name == misspelt_spoof) return Label::spoof;
  return std::nullopt;
}

/// "-" and the REAL of bona fide speech say that there is no value.
std::string value_of(std::string_view field) { return field == "-" || field == "REAL" ? "" : std::string(field); }

bool is_quantizer(std::string_view field) {
  return field == "REAL" || std::find(quantizer_names.begin(), quantizer_names.end(), field) != quantizer_names.end();
}

/// The codec of a spoofed id of CodecFake+: "snac_24khz" of speaker p227 and id p227_260_snac_24khz, else "".
std::string codec_in(std::string_view speaker, std::string_view id) {
  if (!id.starts_with(speaker)) return "";
  id.remove_prefix(speaker.size());
  if (!id.starts_with('_')) return "";
  id.remove_prefix(1);
  const auto digits = static_cast<std::size_t>(
      std::find_if_not(id.begin(), id.end(), [](unsigned char c) { return std::isdigit(c); }) - id.begin());
  if (digits == 0 || digits >= id.size() || id[digits] != '_') return "";
  return std::string(id.substr(digits + 1));
}

/// The fields between the "-" and the label.
ProtocolLine read_middle(std::span<const std::string_view> middle) {
  ProtocolLine line;
  if (middle.size() == 3) {
    line.auxiliary = value_of(middle[0]);
    line.decoder = value_of(middle[1]);
    line.quantizer = value_of(middle[2]);
  } else if (middle.size() == 1) {
    (is_quantizer(middle[0]) ? line.quantizer : line.system) = value_of(middle[0]);
  }
  return line;
}

ProtocolLine read_line(const Fields& fields, const std::string& place) {
  if (fields.size() < fewest_fields || fields.size() > most_fields || fields.size() == most_fields - 1)
    throw Error(
        "{}: has {} fields; 'speaker utterance - system label' or 'speaker utterance - auxiliary decoder quantizer "
        "label' is wanted",
        place, fields.size());
  const auto label = label_named(fields.back());
  if (!label) throw Error("{}: unknown label '{}'; the last field must be 'bonafide' or 'spoof'", place, fields.back());
  ProtocolLine line = read_middle(std::span(fields).subspan(3, fields.size() - 4));
  line.speaker_id = fields[0];
  line.utterance_id = fields[1];
  line.label = *label;
  if (line.system.empty() && line.label == Label::spoof) line.system = codec_in(line.speaker_id, line.utterance_id);
  if (fields.back() == misspelt_spoof) line.remark = fmt::format("{}: label 'spoofs' is read as 'spoof'", place);
  return line;
}

}  // namespace

std::vector<ProtocolLine> read_protocol(const fs::path& file) {
  const std::string text = read_compressed_text(file);
  std::vector<ProtocolLine> lines;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    const Fields fields = fields_of(line);
    if (fields.empty()) continue;
    lines.push_back(read_line(fields, fmt::format("{}:{}", file.string(), number)));
    lines.back().number = number;
  }
  if (lines.empty())
    throw Error("{}: a protocol without a line; give a file of lines 'speaker utterance - system label'",
                file.string());
  return lines;
}

}  // namespace cfo::storage
