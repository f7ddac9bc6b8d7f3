#include <limits>
#include <optional>

#include "base/error.h"
#include "storage/hdf5/file.h"
#include "storage/shards/hdf5_labels.h"
#include "storage/shards/shard.h"
#include "storage/shards/shard_schema.h"

namespace cfo::storage {
namespace {

constexpr uint64_t audio_chunk = 1 << 15;  // samples: 2 s at 16 kHz, what one read of an utterance has to inflate
constexpr uint64_t code_chunk = 1 << 12;   // values (frames x codebooks)

uint64_t code_chunk_rows(int64_t codebooks) {
  return std::max<uint64_t>(16, code_chunk / static_cast<uint64_t>(codebooks));
}

/// [codebooks, frames] to [frames, codebooks].
std::vector<int32_t> frame_major(const CodeMatrix& codes) {
  std::vector<int32_t> values(codes.values.size());
  for (int64_t book = 0; book < codes.codebooks; ++book)
    for (int64_t frame = 0; frame < codes.frames; ++frame)
      values[frame * codes.codebooks + book] = codes.values[book * codes.frames + frame];
  return values;
}

/// One code stream of all utterances.
struct Stream {
  Hdf5Column<int32_t> values;
  std::vector<uint64_t> offset;
};

void write_attributes(Hdf5File& file, const ShardAttributes& attributes) {
  file.write_schema(shard_schema, shard_schema_version);
  for (const auto& [name, member] : shard_text_attributes) file.write_attribute(name, attributes.*member);
  for (const auto& [name, member] : shard_number_attributes) file.write_attribute(name, attributes.*member);
  if (!attributes.device.empty()) file.write_attribute(shard_device_attribute, attributes.device);
}

}  // namespace

struct ShardWriter::Impl {
  Impl(const std::filesystem::path& path, const ShardAttributes& attributes)
      : sample_rate(attributes.sample_rate), file(Hdf5File::create(path)) {
    if (sample_rate <= 0) throw Error("{}: a shard's sample_rate must be positive, not {}", path.string(), sample_rate);
    write_attributes(file, attributes);
    audio.emplace(file.create_set<int16_t>("audio", 0, audio_chunk), audio_chunk);
  }

  ~Impl() { file.give_up(); }  // before its data sets close

  void check(const ShardUtterance& utterance) const;
  void make_streams(const std::vector<CodeMatrix>& codes);
  void add_codes(const ShardUtterance& utterance);
  void add_measures(const std::map<std::string, double>& measures);
  void write_columns();

  int64_t sample_rate;
  Hdf5File file;
  std::optional<Hdf5Column<int16_t>> audio;
  std::vector<Stream> streams;
  // About a hundred bytes an utterance are kept until the end; audio and codes are not.
  std::vector<std::string> utterance_ids, speaker_ids;
  std::vector<Label> labels;
  std::vector<uint64_t> audio_offset = {0};
  std::vector<double> durations;
  std::map<std::string, std::vector<double>> measures;
  std::map<std::string, std::string> weights;  ///< digests by measure
};

void ShardWriter::Impl::check(const ShardUtterance& utterance) const {
  const auto& id = utterance.utterance_id;
  if (id.empty()) throw Error("{}: an utterance without a name cannot be stored", file.path().string());
  for (const auto& [name, value] : utterance.measures)
    if (name.empty() || name.find('/') != std::string::npos)
      throw Error("{}: '{}' cannot be the name of a measure; use letters, digits and '_'", file.path().string(), name);
  for (const auto& codes : utterance.codes) {
    const bool sized =
        codes.codebooks > 0 && codes.frames >= 0 &&
        codes.values.size() == static_cast<std::size_t>(codes.codebooks) * static_cast<std::size_t>(codes.frames);
    if (!sized)
      throw Error("{}: codes of '{}' are said to be {} codebooks x {} frames, but there are {} values",
                  file.path().string(), id, codes.codebooks, codes.frames, codes.values.size());
  }
  if (utterance.codes.empty() || streams.empty()) return;
  bool same = utterance.codes.size() == streams.size();
  for (std::size_t i = 0; same && i < streams.size(); ++i)
    same = static_cast<uint64_t>(utterance.codes[i].codebooks) == streams[i].values.width();
  if (!same)
    throw Error("{}: codes of '{}' have other streams or codebooks than the utterances before it", file.path().string(),
                id);
}

void ShardWriter::Impl::make_streams(const std::vector<CodeMatrix>& codes) {
  file.make_group("codes");
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::string group = fmt::format("codes/{}", i);
    file.make_group(group);
    const uint64_t rows = code_chunk_rows(codes[i].codebooks);
    const auto columns = static_cast<uint64_t>(codes[i].codebooks);
    streams.push_back({Hdf5Column<int32_t>(file.create_set<int32_t>(group + "/values", columns, rows), rows),
                       std::vector<uint64_t>(audio_offset.size(), 0)});
  }
}

void ShardWriter::Impl::add_codes(const ShardUtterance& utterance) {
  if (streams.empty() && !utterance.codes.empty()) make_streams(utterance.codes);
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (!utterance.codes.empty()) streams[i].values.append(frame_major(utterance.codes[i]));
    streams[i].offset.push_back(streams[i].values.rows());
  }
}

/// An utterance without a measure that others have gets NaN.
void ShardWriter::Impl::add_measures(const std::map<std::string, double>& of_utterance) {
  constexpr double absent = std::numeric_limits<double>::quiet_NaN();
  const std::size_t before = utterance_ids.size();
  for (const auto& [name, value] : of_utterance)
    measures.try_emplace(name, before, absent).first->second.push_back(value);
  for (auto& [name, values] : measures) values.resize(before + 1, absent);
}

void ShardWriter::Impl::write_columns() {
  audio->flush();
  file.write_column<uint64_t>("audio_offset", audio_offset);
  file.write_texts("utterance_id", utterance_ids);
  file.write_texts("speaker_id", speaker_ids);
  write_labels(file, labels);
  file.write_column<double>("duration", durations);
  for (std::size_t i = 0; i < streams.size(); ++i) {
    streams[i].values.flush();
    file.write_column<uint64_t>(fmt::format("codes/{}/offset", i), streams[i].offset);
  }
  for (const auto& [measure, digest] : weights) file.write_attribute(weights_attribute(measure), digest);
  if (measures.empty()) return;
  file.make_group("measures");
  for (const auto& [name, values] : measures) file.write_column<double>("measures/" + name, values);
}

ShardWriter::ShardWriter(const std::filesystem::path& path, const ShardAttributes& attributes)
    : impl_(std::make_unique<Impl>(path, attributes)) {}
ShardWriter::~ShardWriter() = default;
ShardWriter::ShardWriter(ShardWriter&&) noexcept = default;

void ShardWriter::add(const ShardUtterance& utterance) {
  impl_->check(utterance);
  impl_->add_codes(utterance);
  impl_->audio->append(utterance.audio);
  impl_->add_measures(utterance.measures);
  impl_->utterance_ids.push_back(utterance.utterance_id);
  impl_->speaker_ids.push_back(utterance.speaker_id);
  impl_->labels.push_back(utterance.label);
  impl_->audio_offset.push_back(impl_->audio->rows());
  impl_->durations.push_back(static_cast<double>(utterance.audio.size()) / static_cast<double>(impl_->sample_rate));
}

void ShardWriter::note_weights(const std::string& measure, const std::string& digest) {
  impl_->weights[measure] = digest;
}

void ShardWriter::finish() {
  impl_->write_columns();
  impl_->streams.clear();
  impl_->audio.reset();
  impl_->file.finish();
}

}  // namespace cfo::storage
