// Shards: the data set CFO makes. One HDF5 file a unit, readable with h5py in three lines. Schema in design.md,
// "Shards".
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "storage/label.h"

namespace cfo::storage {

/// Codes of one stream of one utterance, row-major [codebooks, frames].
struct CodeMatrix {
  int64_t codebooks = 0;
  int64_t frames = 0;
  std::vector<int32_t> values;
};

struct ShardUtterance {
  std::string utterance_id;
  std::string speaker_id;
  Label label = Label::spoof;
  std::vector<int16_t> audio;              ///< at ShardAttributes::sample_rate
  std::vector<CodeMatrix> codes;           ///< one a stream; empty for bona fide
  std::map<std::string, double> measures;  ///< per-utterance numbers (snr_db, clipped, ...); one float64 data set each
};

/// Root attributes. schema = "cfo-shard" and schema_version are added by the writer. Texts are UTF-8 of fixed length,
/// checksummed as all else in the file; h5py shows them as bytes: f.attrs["codec"].decode().
struct ShardAttributes {
  std::string codec, family, quantizer, auxiliary, decoder, split;
  int64_t sample_rate = 16000;
  int64_t codec_sample_rate = 0;
  std::string graph_digest, weights_digest, corpus_digest, engine_version;
  std::string device = {};  ///< what computed it: "cpu", "cuda" or "cpu, cuda"; "" in shards older than this attribute
};

/// Writes one shard to exactly `path` (the caller names the partial file and publishes it). Utterances go in the order
/// added; the same calls give the same bytes. Streams to the file: memory does not grow with the shard, but for about a
/// hundred bytes an utterance. N utterances make these data sets:
///
///     utterance_id, speaker_id    [N]        UTF-8 of fixed length, padded with zeros
///     label                       [N]        uint8: 0 bona fide, 1 spoof
///     duration                    [N]        float64, seconds
///     audio, audio_offset         [S], [N+1] int16, uint64: utterance i is audio[audio_offset[i]:audio_offset[i+1]]
///     codes/<stream>/values       [F, K]     int32: frames x codebooks, one group a stream ("0", "1", ...)
///     codes/<stream>/offset       [N+1]      uint64
///     measures/<name>             [N]        float64, NaN where an utterance has none
///
/// Chunked, shuffled, deflated, Fletcher-32. In Python:
///
///     shard = h5py.File("00000.h5")
///     first, last = shard["audio_offset"][7:9]
///     wave, name = shard["audio"][first:last], shard["utterance_id"].asstr()[7]
///
/// Throws OutOfSpace / Error naming the file; for an utterance that does not fit (no name, codes of another shape)
/// nothing of it is stored.
class ShardWriter {
 public:
  ShardWriter(const std::filesystem::path& path, const ShardAttributes& attributes);
  ~ShardWriter();
  ShardWriter(ShardWriter&&) noexcept;
  void add(const ShardUtterance& utterance);
  /// Notes the SHA-256 of the weights that a measure was made with, as root attribute "<measure>_weights_digest".
  void note_weights(const std::string& measure, const std::string& digest);
  /// Flushes and closes; without it the file is not complete.
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads a shard; any utterance by index. Throws Error naming the file when it is missing, truncated, not a shard, of a
/// newer schema, or a checksum does not match.
class ShardReader {
 public:
  explicit ShardReader(const std::filesystem::path& path);
  ~ShardReader();
  ShardReader(ShardReader&&) noexcept;
  const ShardAttributes& attributes() const;
  std::size_t size() const;
  const std::vector<std::string>& utterance_ids() const;
  const std::vector<std::string>& speaker_ids() const;
  const std::vector<Label>& labels() const;
  const std::vector<double>& durations() const;
  std::vector<int16_t> audio(std::size_t index) const;
  std::vector<CodeMatrix> codes(std::size_t index) const;
  std::map<std::string, std::vector<double>> measures() const;
  /// What was noted of the weights of a measure; "" where nothing was.
  std::string weights_of(const std::string& measure) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Embeddings of a countermeasure: utterance_id, codec, label, and `embedding` float32 [N, D]. Written durably.
struct Embeddings {
  std::vector<std::string> utterance_ids;
  std::vector<std::string> codecs;
  std::vector<Label> labels;
  int64_t dimension = 0;
  std::vector<float> values;  ///< [N * dimension]
};
void write_embeddings(const std::filesystem::path& path, const Embeddings& embeddings);
Embeddings read_embeddings(const std::filesystem::path& path);

}  // namespace cfo::storage
