#include "storage/audio/audio.h"

#include <fcntl.h>
#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>
#include <system_error>

#include "base/durable_file.h"
#include "base/error.h"
#include "storage/audio/extent.h"
#include "storage/audio/flac_end.h"
#include "storage/audio/levels.h"
#include "storage/audio/mp3.h"

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

/// A file as libsndfile is to see it: with some bytes of its headers replaced.
struct MendedFile {
  std::ifstream file;
  sf_count_t size = 0, position = 0;
  std::vector<Overlay> overlays;
};

sf_count_t mended_size(void* user) { return static_cast<MendedFile*>(user)->size; }

sf_count_t mended_tell(void* user) { return static_cast<MendedFile*>(user)->position; }

sf_count_t mended_seek(sf_count_t offset, int whence, void* user) {
  auto& file = *static_cast<MendedFile*>(user);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file.position : file.size;
  file.position = std::clamp<sf_count_t>(base + offset, 0, file.size);
  return file.position;
}

sf_count_t mended_read(void* target, sf_count_t count, void* user) {
  auto& file = *static_cast<MendedFile*>(user);
  file.file.clear();
  file.file.seekg(file.position);
  file.file.read(static_cast<char*>(target), count);
  const sf_count_t got = file.file.gcount();
  for (const auto& overlay : file.overlays) {
    for (std::size_t i = 0; i < overlay.bytes.size(); ++i) {
      const auto at = static_cast<sf_count_t>(overlay.offset + i) - file.position;
      if (at >= 0 && at < got) static_cast<char*>(target)[at] = overlay.bytes[i];
    }
  }
  file.position += got;
  return got;
}

struct OpenAudio {
  std::unique_ptr<MendedFile> mended;  ///< behind `file`
  Sndfile file;
  AudioInfo info;
  bool is_flac = false;
};

/// Why a file cannot be opened, by the system.
void check_is_file(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0 && errno == ENOENT) throw MachineFault("{}: no such audio file", path.string());
  if (descriptor < 0)
    throw MachineFault("{}: {}; make it readable, or leave it out", path.string(),
                       std::error_code(errno, std::generic_category()).message());
  struct stat status {};
  const bool known = ::fstat(descriptor, &status) == 0;
  ::close(descriptor);
  if (known && S_ISDIR(status.st_mode)) throw Error("{}: is a folder, not an audio file", path.string());
  if (known && S_ISREG(status.st_mode) && status.st_size == 0)
    throw Error("{}: is an empty file (0 bytes); copy it again from its source", path.string());
}

void check_info(const fs::path& path, const AudioInfo& info) {
  if (info.sample_rate < lowest_rate || info.sample_rate > highest_rate)
    throw Error("{}: has a sample rate of {} Hz; CFO reads {} Hz to {} Hz", path.string(), info.sample_rate,
                lowest_rate, highest_rate);
  if (info.channels < 1) throw Error("{}: has no channels", path.string());
  if (info.frames && *info.frames <= 0) throw Error("{}: holds no samples", path.string());
}

OpenAudio open_audio(const fs::path& path) {
  OpenAudio audio;
  AudioExtent extent = audio_extent(path);
  SF_INFO info{};
  if (extent.mended.empty()) {
    audio.file.reset(sf_open(path.c_str(), SFM_READ, &info));
  } else {
    audio.mended = std::make_unique<MendedFile>(MendedFile{std::ifstream(path, std::ios::binary),
                                                           static_cast<sf_count_t>(fs::file_size(path)), 0,
                                                           std::move(extent.mended)});
    SF_VIRTUAL_IO access{mended_size, mended_seek, mended_read, nullptr, mended_tell};
    audio.file.reset(sf_open_virtual(&access, SFM_READ, &info, audio.mended.get()));
  }
  if (!audio.file)
    throw Error(
        "{}: not a WAV, FLAC, OGG or MP3 file that can be read (or cut off at its start); convert it with ffmpeg",
        path.string());
  audio.info = {info.frames, info.samplerate, info.channels};
  if (info.frames == SF_COUNT_MAX) audio.info.frames.reset();
  audio.is_flac = (info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC;
  check_info(path, audio.info);
  return audio;
}

float mean_of(const float* frame, int channels) {
  double sum = 0;
  for (int channel = 0; channel < channels; ++channel) sum += frame[channel];
  return static_cast<float>(sum / channels);
}

/// Interleaved channels as one, and how much energy their mean lost.
struct Mono {
  std::vector<float> samples;
  double energy = 0, channel_energy = 0;

  void add(std::span<const float> interleaved, int channels) {
    const auto step = static_cast<std::size_t>(channels);
    for (std::size_t i = 0; i + step <= interleaved.size(); i += step) {
      const float mean = mean_of(&interleaved[i], channels);
      samples.push_back(mean);
      if (channels == 1) continue;
      energy += static_cast<double>(mean) * mean;
      for (std::size_t c = 0; c < step; ++c)
        channel_energy += static_cast<double>(interleaved[i + c]) * interleaved[i + c] / channels;
    }
  }
};

/// Reads to the end whatever the header promises: a header may lie, so memory grows only with what is there.
Mono read_mono(SNDFILE* file, int channels) {
  constexpr sf_count_t block = 1 << 16;
  Mono mono;
  std::vector<float> frames(static_cast<std::size_t>(block) * static_cast<std::size_t>(channels));
  for (sf_count_t got = 0; (got = sf_readf_float(file, frames.data(), block)) > 0;)
    mono.add(std::span(frames).first(static_cast<std::size_t>(got * channels)), channels);
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

struct Decoded {
  Mono mono;
  AudioInfo info;
};

AudioInfo probe_mp3(const fs::path& path) {
  const Mp3Format format = mp3_format(path);
  const AudioInfo info{format.frames, format.sample_rate, format.channels};
  check_info(path, info);
  return info;
}

Decoded decode_mp3_file(const fs::path& path) {
  Decoded decoded{{}, probe_mp3(path)};
  decode_mp3(path, [&](std::span<const float> block) { decoded.mono.add(block, decoded.info.channels); });
  return decoded;
}

Decoded decode(const fs::path& path) {
  check_is_file(path);
  if (is_mp3(path)) return decode_mp3_file(path);
  const OpenAudio audio = open_audio(path);
  if (audio.is_flac && !audio.info.frames) check_flac_end(path);
  Decoded decoded{read_mono(audio.file.get(), audio.info.channels), audio.info};
  if (sf_error(audio.file.get()) != SF_ERR_NO_ERROR)
    throw Error("{}: is damaged ({}); copy it again from its source", path.string(), sf_strerror(audio.file.get()));
  return decoded;
}

}  // namespace

std::optional<double> AudioInfo::seconds() const {
  if (!frames || sample_rate <= 0) return std::nullopt;
  return static_cast<double>(*frames) / static_cast<double>(sample_rate);
}

Audio read_audio(const fs::path& path) {
  Decoded decoded = decode(path);
  auto& samples = decoded.mono.samples;
  const auto frames = static_cast<int64_t>(samples.size());
  if (decoded.info.frames && frames < *decoded.info.frames)
    throw Error(
        "{}: is cut off or damaged: {} of the {} samples that its header promises can be read; copy it again from its "
        "source",
        path.string(), frames, *decoded.info.frames);
  if (samples.empty()) throw Error("{}: holds no samples", path.string());
  check_finite(path, samples);
  auto remarks = level_remarks(samples);
  if (auto remark = cancelling_remark(decoded.mono.energy, decoded.mono.channel_energy); !remark.empty())
    remarks = {std::move(remark)};  // it explains what else there would be to say
  return {std::move(samples), decoded.info.sample_rate, std::move(remarks)};
}

AudioInfo probe_audio(const fs::path& path) {
  check_is_file(path);
  return is_mp3(path) ? probe_mp3(path) : open_audio(path).info;
}

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
