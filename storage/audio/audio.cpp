#include "storage/audio/audio.h"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/durable_file.h"
#include "base/error.h"
#include "storage/audio/riff.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr int64_t lowest_rate = 1000;     // Hz
constexpr int64_t highest_rate = 384000;  // Hz
constexpr float pcm16_scale = 32767.0F;

struct SndfileCloser {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using Sndfile = std::unique_ptr<SNDFILE, SndfileCloser>;

struct OpenAudio {
  Sndfile file;
  AudioInfo info;
  bool length_known = true;
};

void check_is_file(const fs::path& path) {
  std::error_code problem;
  const auto status = fs::status(path, problem);
  if (!fs::exists(status)) throw Error("{}: no such audio file", path.string());
  if (fs::is_directory(status)) throw Error("{}: is a folder, not an audio file", path.string());
  if (fs::is_regular_file(status) && fs::file_size(path, problem) == 0 && !problem)
    throw Error("{}: is an empty file (0 bytes); copy it again from its source", path.string());
}

OpenAudio open_audio(const fs::path& path) {
  check_is_file(path);
  check_riff_is_whole(path);
  SF_INFO info{};
  Sndfile file(sf_open(path.c_str(), SFM_READ, &info));
  if (!file)
    throw Error(
        "{}: not a WAV, FLAC, OGG or MP3 file that can be read (or cut off at its start); convert it with ffmpeg",
        path.string());
  if (info.samplerate < lowest_rate || info.samplerate > highest_rate)
    throw Error("{}: has a sample rate of {} Hz; CFO reads {} Hz to {} Hz", path.string(), info.samplerate, lowest_rate,
                highest_rate);
  if (info.channels < 1) throw Error("{}: has no channels", path.string());
  if (info.frames <= 0) throw Error("{}: holds no samples", path.string());
  return {std::move(file), {info.frames, info.samplerate, info.channels}, info.frames != SF_COUNT_MAX};
}

float mean_of(const float* frame, int channels) {
  double sum = 0;
  for (int channel = 0; channel < channels; ++channel) sum += frame[channel];
  return static_cast<float>(sum / channels);
}

/// Reads to the end whatever the header promises: a header may lie, so memory grows only with what is there.
std::vector<float> read_mono(SNDFILE* file, int channels) {
  constexpr sf_count_t block = 1 << 16;
  std::vector<float> mono;
  std::vector<float> frames(static_cast<std::size_t>(block) * static_cast<std::size_t>(channels));
  for (sf_count_t got = 0; (got = sf_readf_float(file, frames.data(), block)) > 0;) {
    const std::size_t start = mono.size();
    mono.resize(start + static_cast<std::size_t>(got));
    for (sf_count_t i = 0; i < got; ++i)
      mono[start + static_cast<std::size_t>(i)] = mean_of(&frames[i * channels], channels);
  }
  return mono;
}

void check_finite(const fs::path& path, const std::vector<float>& samples) {
  const auto bad = std::find_if(samples.begin(), samples.end(), [](float x) { return !std::isfinite(x); });
  if (bad == samples.end()) return;
  throw Error("{}: sample {} is {}; make the file again from its source", path.string(), bad - samples.begin(),
              std::isnan(*bad) ? "not a number (NaN)" : "infinite");
}

/// An audio file in memory, for libsndfile to write into.
struct MemoryFile {
  std::string bytes;
  std::size_t position = 0;
};

sf_count_t memory_size(void* user) { return static_cast<sf_count_t>(static_cast<MemoryFile*>(user)->bytes.size()); }

sf_count_t memory_tell(void* user) { return static_cast<sf_count_t>(static_cast<MemoryFile*>(user)->position); }

sf_count_t memory_seek(sf_count_t offset, int whence, void* user) {
  auto& file = *static_cast<MemoryFile*>(user);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? memory_tell(user) : memory_size(user);
  file.position = static_cast<std::size_t>(std::max<sf_count_t>(0, base + offset));
  return memory_tell(user);
}

sf_count_t memory_read(void* target, sf_count_t count, void* user) {
  auto& file = *static_cast<MemoryFile*>(user);
  if (file.position >= file.bytes.size()) return 0;
  const std::size_t got = std::min(static_cast<std::size_t>(count), file.bytes.size() - file.position);
  std::memcpy(target, file.bytes.data() + file.position, got);
  file.position += got;
  return static_cast<sf_count_t>(got);
}

sf_count_t memory_write(const void* source, sf_count_t count, void* user) {
  auto& file = *static_cast<MemoryFile*>(user);
  const std::size_t end = file.position + static_cast<std::size_t>(count);
  if (file.bytes.size() < end) file.bytes.resize(end);
  std::memcpy(file.bytes.data() + file.position, source, static_cast<std::size_t>(count));
  file.position = end;
  return count;
}

int format_of(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (extension == ".wav") return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  if (extension == ".flac") return SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
  throw Error("{}: audio is written as .wav or .flac; choose one of these extensions", path.string());
}

}  // namespace

Audio read_audio(const fs::path& path) {
  const OpenAudio audio = open_audio(path);
  std::vector<float> samples = read_mono(audio.file.get(), audio.info.channels);
  const auto frames = static_cast<int64_t>(samples.size());
  if (audio.length_known && frames < audio.info.frames)
    throw Error(
        "{}: is cut off or damaged: {} of the {} samples that its header promises can be read; copy it again from its "
        "source",
        path.string(), frames, audio.info.frames);
  if (sf_error(audio.file.get()) != SF_ERR_NO_ERROR)
    throw Error("{}: is damaged ({}); copy it again from its source", path.string(), sf_strerror(audio.file.get()));
  if (samples.empty()) throw Error("{}: holds no samples", path.string());
  check_finite(path, samples);
  return {std::move(samples), audio.info.sample_rate};
}

AudioInfo probe_audio(const fs::path& path) { return open_audio(path).info; }

Pcm16 to_pcm16(std::span<const float> samples) {
  Pcm16 pcm;
  pcm.samples.reserve(samples.size());
  for (const float sample : samples) {
    const float scaled = std::round(sample * pcm16_scale);
    const float clipped = std::clamp(scaled, -32768.0F, 32767.0F);
    if (clipped != scaled) ++pcm.clipped;
    pcm.samples.push_back(static_cast<int16_t>(std::isnan(clipped) ? 0.0F : clipped));
  }
  return pcm;
}

std::vector<float> from_pcm16(std::span<const int16_t> samples) {
  std::vector<float> floats(samples.size());
  std::transform(samples.begin(), samples.end(), floats.begin(),
                 [](int16_t x) { return static_cast<float>(x) / pcm16_scale; });
  return floats;
}

void write_audio(const fs::path& path, std::span<const int16_t> samples, int64_t sample_rate) {
  if (sample_rate < lowest_rate || sample_rate > highest_rate)
    throw Error("{}: audio at {} Hz cannot be written; CFO writes {} Hz to {} Hz", path.string(), sample_rate,
                lowest_rate, highest_rate);
  SF_INFO info{};
  info.samplerate = static_cast<int>(sample_rate);
  info.channels = 1;
  info.format = format_of(path);
  MemoryFile memory;
  SF_VIRTUAL_IO access{memory_size, memory_seek, memory_read, memory_write, memory_tell};
  Sndfile file(sf_open_virtual(&access, SFM_WRITE, &info, &memory));
  const auto count = static_cast<sf_count_t>(samples.size());
  if (!file || sf_write_short(file.get(), samples.data(), count) != count)
    throw Error("{}: cannot be written ({})", path.string(), sf_strerror(file.get()));
  file.reset();  // completes the header
  write_durably(path, memory.bytes);
}

}  // namespace cfo::storage
