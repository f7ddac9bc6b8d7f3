// Signals and shards for the storage tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "storage/shards/shard.h"

namespace cfo::test {

inline std::vector<float> sine(double frequency, int64_t sample_rate, std::size_t samples, float amplitude = 0.5F) {
  std::vector<float> wave(samples);
  for (std::size_t i = 0; i < samples; ++i)
    wave[i] = amplitude * static_cast<float>(std::sin(2 * std::numbers::pi * frequency * static_cast<double>(i) /
                                                      static_cast<double>(sample_rate)));
  return wave;
}

inline std::vector<int16_t> noise(std::size_t samples, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<int16_t> values(samples);
  for (auto& value : values) value = static_cast<int16_t>(random() & 0xFFFF);
  return values;
}

inline storage::CodeMatrix codes(int64_t codebooks, int64_t frames, int32_t first) {
  storage::CodeMatrix matrix{codebooks, frames, {}};
  for (int64_t i = 0; i < codebooks * frames; ++i) matrix.values.push_back(first + static_cast<int32_t>(i));
  return matrix;
}

inline storage::ShardAttributes encodec_attributes() {
  storage::ShardAttributes attributes;
  attributes.codec = "Encodec_6b24k";
  attributes.family = "encodec";
  attributes.quantizer = "MVQ";
  attributes.auxiliary = "None";
  attributes.decoder = "Time";
  attributes.split = "train";
  attributes.codec_sample_rate = 24000;
  attributes.graph_digest = "g";
  attributes.weights_digest = "w";
  attributes.corpus_digest = "c";
  attributes.engine_version = "1.2.3";
  return attributes;
}

/// Utterance `index` of a corpus of noise: two code streams of different rates, a measure.
inline storage::ShardUtterance utterance(int index, std::size_t samples = 20000) {
  storage::ShardUtterance made;
  made.utterance_id = "p225_" + std::to_string(100 + index);
  made.speaker_id = "p225";
  made.audio = noise(samples + static_cast<std::size_t>(index) * 17, static_cast<unsigned>(index));
  made.codes = {codes(2, 5 + index, index * 1000), codes(3, 2 * (5 + index), index * 1000)};
  made.measures = {{"snr_db", 10.5 + index}};
  return made;
}

inline void write_shard(const std::filesystem::path& path, const storage::ShardAttributes& attributes,
                        const std::vector<storage::ShardUtterance>& utterances) {
  storage::ShardWriter writer(path, attributes);
  for (const auto& one : utterances) writer.add(one);
  writer.finish();
}

}  // namespace cfo::test
