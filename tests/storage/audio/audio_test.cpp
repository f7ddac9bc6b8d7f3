#include "storage/audio/audio.h"

#include <doctest/doctest.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "tests/support/speech_like.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

/// Writes frames of interleaved floats in any format of libsndfile.
void write_any(const fs::path& path, int format, int channels, int rate, const std::vector<float>& interleaved) {
  SF_INFO info{};
  info.format = format;
  info.channels = channels;
  info.samplerate = rate;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  REQUIRE(file != nullptr);
  const auto frames = static_cast<sf_count_t>(interleaved.size()) / channels;
  CHECK(sf_writef_float(file, interleaved.data(), frames) == frames);
  sf_close(file);
}

std::vector<float> stereo(const std::vector<float>& left, const std::vector<float>& right) {
  std::vector<float> both;
  for (std::size_t i = 0; i < left.size(); ++i) {
    both.push_back(left[i]);
    both.push_back(right[i]);
  }
  return both;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max<double>(largest, std::abs(a[i] - b[i]));
  return largest;
}

double power(const std::vector<float>& wave, std::size_t margin = 0) {
  double sum = 0;
  for (std::size_t i = margin; i + margin < wave.size(); ++i) sum += wave[i] * wave[i];
  return sum / static_cast<double>(wave.size() - 2 * margin);
}

}  // namespace

TEST_CASE("every depth and container is read to the same wave") {
  const TemporaryFolder folder;
  const auto wave = sine(440, 22050, 4410);
  struct Form {
    const char* name;
    int format;
    double tolerance;
  };
  const Form forms[] = {
      {"u8.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 1e-2},
      {"16.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 4e-5},
      {"24.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 2e-7},
      {"32.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_32, 1e-7},
      {"float.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 0},
      {"double.wav", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 0},
      {"extensible.wav", SF_FORMAT_WAVEX | SF_FORMAT_PCM_16, 4e-5},
      {"16.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 4e-5},
      {"24.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 2e-7},
      {"vorbis.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 0.1},
  };
  for (const auto& form : forms) {
    CAPTURE(form.name);
    write_any(folder / form.name, form.format, 1, 22050, wave);
    const Audio audio = read_audio(folder / form.name);
    CHECK(audio.sample_rate == 22050);
    CHECK(audio.seconds() == doctest::Approx(0.2));
    CHECK(largest_difference(audio.samples, wave) <= form.tolerance);
    const AudioInfo info = probe_audio(folder / form.name);
    CHECK(info.frames == 4410);
    CHECK(info.sample_rate == 22050);
    CHECK(info.channels == 1);
  }
}

TEST_CASE("MP3 is read") {
  const TemporaryFolder folder;
  const auto wave = sine(440, 16000, 16000);
  write_any(folder / "x.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 1, 16000, wave);
  const Audio audio = read_audio(folder / "x.mp3");
  CHECK(audio.sample_rate == 16000);
  CHECK(audio.seconds() == doctest::Approx(1).epsilon(0.2));
  CHECK(power(audio.samples, 2000) == doctest::Approx(0.125).epsilon(0.1));
}

TEST_CASE("channels are averaged") {
  const TemporaryFolder folder;
  write_any(folder / "two.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 2, 48000,
            stereo({0.5F, -1.0F, 0.25F}, {0.0F, 0.5F, 0.25F}));
  const Audio audio = read_audio(folder / "two.wav");
  CHECK(audio.samples == std::vector<float>{0.25F, -0.25F, 0.25F});
  CHECK(probe_audio(folder / "two.wav").channels == 2);
}

TEST_CASE("floats above 1 are kept until the int16 border") {
  const TemporaryFolder folder;
  write_any(folder / "loud.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1, 16000, {1.5F, -2.0F});
  CHECK(read_audio(folder / "loud.wav").samples == std::vector<float>{1.5F, -2.0F});
}

TEST_CASE("to_pcm16 rounds, clips and counts once") {
  const float values[] = {0.0F, 1.0F, -1.0F, 0.5F, 1.00001F, 1.1F, -1.1F, -1.00003F, 2e-5F};
  const Pcm16 pcm = to_pcm16(values);
  CHECK(pcm.samples == std::vector<int16_t>{0, 32767, -32767, 16384, 32767, 32767, -32768, -32768, 1});
  CHECK(pcm.clipped == 2);
}

TEST_CASE("int16 survives the way to float and back") {
  std::vector<int16_t> all;
  for (int value = -32768; value <= 32767; ++value) all.push_back(static_cast<int16_t>(value));
  const Pcm16 back = to_pcm16(from_pcm16(all));
  CHECK(back.samples == all);
  CHECK(back.clipped == 0);
}

TEST_CASE("resampling gives round(n * to / from) samples") {
  const int64_t rates[] = {8000, 11025, 16000, 22050, 24000, 44100, 48000};
  for (const int64_t from : rates)
    for (const int64_t to : rates)
      for (const std::size_t n : {std::size_t{1}, std::size_t{2}, std::size_t{999}, std::size_t{12345}}) {
        const Audio out = resample({std::vector<float>(n, 0.1F), from}, to);
        CAPTURE(from);
        CAPTURE(to);
        CAPTURE(n);
        CHECK(out.sample_rate == to);
        CHECK(static_cast<int64_t>(out.samples.size()) ==
              std::llround(static_cast<double>(n) * static_cast<double>(to) / static_cast<double>(from)));
      }
}

TEST_CASE("resampling keeps what both rates can hold and removes the rest") {
  const Audio kept = resample({sine(1000, 48000, 48000), 48000}, 16000);
  const auto expected = sine(1000, 16000, 16000);
  double worst = 0;
  for (std::size_t i = 1000; i < 15000; ++i) worst = std::max<double>(worst, std::abs(kept.samples[i] - expected[i]));
  CHECK(worst < 1e-5);  // in place, too: no delay
  const Audio removed = resample({sine(10000, 48000, 48000), 48000}, 16000);
  CHECK(10 * std::log10(power(removed.samples, 1000) / 0.125) < -120);
}

TEST_CASE("the same rate is a copy, and a wrong rate an error") {
  const Audio audio{{0.25F, -0.5F}, 16000};
  CHECK(resample(audio, 16000).samples == audio.samples);
  CHECK(sentence_of([&] { resample(audio, 0); }) == "a sample rate of 0 Hz cannot be resampled; give a positive rate");
  CHECK(has(sentence_of([&] { resample({{1.0F}, 0}, 16000); }), "0 Hz"));
}

TEST_CASE("reading and resampling side by side give what they give alone") {
  const TemporaryFolder folder;
  constexpr int threads = 8;
  std::vector<std::vector<float>> alone(threads), beside(threads);
  const auto work = [&](int i) {
    return resample(read_audio(folder / (std::to_string(i) + ".flac")), 16000 + 1000 * i).samples;
  };
  for (int i = 0; i < threads; ++i)
    write_audio(folder / (std::to_string(i) + ".flac"), noise(40000, static_cast<unsigned>(i)), 22050);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back([&, i] { beside[i] = work(i); });
  for (auto& thread : running) thread.join();
  for (int i = 0; i < threads; ++i) CHECK(beside[i] == work(i));
}

TEST_CASE("written WAV and FLAC hold the very samples, and equal calls equal bytes") {
  const TemporaryFolder folder;
  const auto samples = noise(5000, 3);
  for (const std::string name : {"a.wav", "a.flac", "A.WAV"}) {
    CAPTURE(name);
    write_audio(folder / name, samples, 16000);
    const Audio audio = read_audio(folder / name);
    CHECK(audio.sample_rate == 16000);
    std::vector<float> expected;
    for (const int16_t sample : samples) expected.push_back(static_cast<float>(sample) / 32768.0F);
    CHECK(audio.samples == expected);
    CHECK_FALSE(fs::exists(folder / (name + ".partial")));
    write_audio(folder / ("again" + fs::path(name).extension().string()), samples, 16000);
    CHECK(bytes_of(folder / name) == bytes_of(folder / ("again" + fs::path(name).extension().string())));
  }
}

TEST_CASE("audio that cannot be written says why") {
  const TemporaryFolder folder;
  const std::vector<int16_t> samples(10);
  CHECK(has(sentence_of([&] { write_audio(folder / "x.mp3", samples, 16000); }),
            "x.mp3: audio is written as .wav or .flac"));
  CHECK(has(sentence_of([&] { write_audio(folder / "x.wav", samples, 0); }), "x.wav: audio at 0 Hz"));
  CHECK(has(sentence_of([&] { write_audio(folder / "none" / "x.wav", samples, 16000); }), "No such file"));
}
