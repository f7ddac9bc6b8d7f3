#include "base/error.h"
#include "storage/hdf5/file.h"
#include "storage/shards/hdf5_labels.h"
#include "storage/shards/shard.h"
#include "storage/shards/shard_schema.h"

namespace cfo::storage {
namespace {

/// One code stream of all utterances.
struct Stream {
  Hdf5Set values;
  std::vector<uint64_t> offset;
};

ShardAttributes read_attributes(const Hdf5File& file) {
  ShardAttributes attributes;
  for (const auto& [name, member] : shard_text_attributes) attributes.*member = file.text_attribute(name);
  for (const auto& [name, member] : shard_number_attributes) attributes.*member = file.number_attribute(name);
  if (file.has_attribute(shard_device_attribute)) attributes.device = file.text_attribute(shard_device_attribute);
  return attributes;
}

/// N+1 offsets into a data set of `rows` rows: from 0 to rows, never falling.
std::vector<uint64_t> read_offsets(const Hdf5File& file, const std::string& name, std::size_t utterances,
                                   uint64_t rows) {
  auto offsets = file.read_column<uint64_t>(name);
  const bool good = offsets.size() == utterances + 1 && offsets.front() == 0 && offsets.back() == rows &&
                    std::is_sorted(offsets.begin(), offsets.end());
  if (!good)
    throw Error(
        "{}: '{}' does not fit the {} utterances and {} rows there are; delete the file and run the graph again",
        file.path().string(), name, utterances, rows);
  return offsets;
}

template <typename T>
std::vector<T> sized(std::vector<T> column, const Hdf5File& file, const std::string& name, std::size_t utterances) {
  if (column.size() != utterances)
    throw Error("{}: '{}' has {} rows for {} utterances; delete the file and run the graph again", file.path().string(),
                name, column.size(), utterances);
  return column;
}

CodeMatrix codebook_major(const std::vector<int32_t>& values, int64_t codebooks) {
  CodeMatrix codes{codebooks, static_cast<int64_t>(values.size()) / codebooks, std::vector<int32_t>(values.size())};
  for (int64_t frame = 0; frame < codes.frames; ++frame)
    for (int64_t book = 0; book < codebooks; ++book)
      codes.values[book * codes.frames + frame] = values[frame * codebooks + book];
  return codes;
}

}  // namespace

struct ShardReader::Impl {
  explicit Impl(const std::filesystem::path& path)
      : file(open(path)), attributes(read_attributes(file)), audio(file.set("audio")) {
    utterance_ids = file.read_texts("utterance_id");
    const std::size_t count = utterance_ids.size();
    speaker_ids = sized(file.read_texts("speaker_id"), file, "speaker_id", count);
    labels = sized(read_labels(file), file, "label", count);
    durations = sized(file.read_column<double>("duration"), file, "duration", count);
    audio_offset = read_offsets(file, "audio_offset", count, audio.rows());
    open_streams();
  }

  static Hdf5File open(const std::filesystem::path& path) {
    Hdf5File file = Hdf5File::open(path);
    file.check_schema(shard_schema, shard_schema_version);
    return file;
  }

  void open_streams() {
    if (!file.has("codes")) return;
    for (std::string group = "codes/0"; file.has(group); group = fmt::format("codes/{}", streams.size())) {
      Hdf5Set values = file.set(group + "/values");
      if (values.columns() == 0) throw Error("{}: '{}/values' is not [frames, codebooks]", file.path().string(), group);
      auto offset = read_offsets(file, group + "/offset", utterance_ids.size(), values.rows());
      streams.push_back({std::move(values), std::move(offset)});
    }
  }

  void check_index(std::size_t index) const {
    if (index >= utterance_ids.size())
      throw Error("{}: utterance {} was asked for, but there are {}", file.path().string(), index,
                  utterance_ids.size());
  }

  Hdf5File file;
  ShardAttributes attributes;
  Hdf5Set audio;
  std::vector<std::string> utterance_ids, speaker_ids;
  std::vector<Label> labels;
  std::vector<double> durations;
  std::vector<uint64_t> audio_offset;
  std::vector<Stream> streams;
};

ShardReader::ShardReader(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
ShardReader::~ShardReader() = default;
ShardReader::ShardReader(ShardReader&&) noexcept = default;

const ShardAttributes& ShardReader::attributes() const { return impl_->attributes; }
std::size_t ShardReader::size() const { return impl_->utterance_ids.size(); }
const std::vector<std::string>& ShardReader::utterance_ids() const { return impl_->utterance_ids; }
const std::vector<std::string>& ShardReader::speaker_ids() const { return impl_->speaker_ids; }
const std::vector<Label>& ShardReader::labels() const { return impl_->labels; }
const std::vector<double>& ShardReader::durations() const { return impl_->durations; }

std::vector<int16_t> ShardReader::audio(std::size_t index) const {
  impl_->check_index(index);
  const uint64_t first = impl_->audio_offset[index];
  return impl_->audio.read<int16_t>(first, impl_->audio_offset[index + 1] - first);
}

std::vector<CodeMatrix> ShardReader::codes(std::size_t index) const {
  impl_->check_index(index);
  std::vector<CodeMatrix> codes;
  bool any = false;
  for (const Stream& stream : impl_->streams) {
    const uint64_t first = stream.offset[index];
    const auto values = stream.values.read<int32_t>(first, stream.offset[index + 1] - first);
    codes.push_back(codebook_major(values, static_cast<int64_t>(stream.values.columns())));
    any |= !values.empty();
  }
  return any ? codes : std::vector<CodeMatrix>{};
}

std::map<std::string, std::vector<double>> ShardReader::measures() const {
  std::map<std::string, std::vector<double>> measures;
  if (!impl_->file.has("measures")) return measures;
  for (const auto& name : impl_->file.names_in("measures"))
    measures[name] =
        sized(impl_->file.read_column<double>("measures/" + name), impl_->file, "measures/" + name, size());
  return measures;
}

std::string ShardReader::weights_of(const std::string& measure) const {
  const auto name = weights_attribute(measure);
  return impl_->file.has_attribute(name) ? impl_->file.text_attribute(name) : "";
}

}  // namespace cfo::storage
