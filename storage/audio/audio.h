// Audio files through libsndfile, sample rates through libsoxr.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cfo::storage {

/// One channel of audio in memory.
struct Audio {
  std::vector<float> samples;  ///< in [-1, 1] nominally; more is possible and kept
  int64_t sample_rate = 0;     ///< Hz
  /// Of a file: what is odd about its levels (levels.h), a sentence each.
  std::vector<std::string> remarks = {};
  double seconds() const {
    return sample_rate > 0 ? static_cast<double>(samples.size()) / static_cast<double>(sample_rate) : 0;
  }
};

struct AudioInfo {
  std::optional<int64_t> frames;  ///< nothing where only reading to the end would tell (streamed FLAC, most MP3)
  int64_t sample_rate = 0;
  int channels = 0;
  /// Nothing where `frames` is.
  std::optional<double> seconds() const;
};

/// Reads WAV, FLAC, OGG or MP3 of any rate, depth and channel count; channels are averaged. Where a header leaves the
/// length open (programs that write to a pipe do) the audio goes to the end of the file. Throws MachineFault where the
/// file cannot be opened (missing, no permission, a disk that fails), else Error (one sentence with the path) for: not
/// audio, provably cut off, empty, NaN or infinite samples, a sample rate outside 1 kHz .. 384 kHz.
Audio read_audio(const std::filesystem::path& path);

/// Reads the header only. Same errors where the header shows them.
AudioInfo probe_audio(const std::filesystem::path& path);

/// Resamples with libsoxr, very high quality; output length is round(n * to / from) samples. Same rate: a copy.
Audio resample(const Audio& audio, int64_t to_rate);

/// int16 from float: round(x * 32767), clipped at +-32767/-32768 and counted here, the one place where CFO clips.
struct Pcm16 {
  std::vector<int16_t> samples;
  int64_t clipped = 0;
};
Pcm16 to_pcm16(std::span<const float> samples);
std::vector<float> from_pcm16(std::span<const int16_t> samples);  ///< x / 32767, the inverse of to_pcm16

/// Writes 16-bit mono WAV or FLAC by the extension, durably. Throws Error / OutOfSpace.
void write_audio(const std::filesystem::path& path, std::span<const int16_t> samples, int64_t sample_rate);

}  // namespace cfo::storage
