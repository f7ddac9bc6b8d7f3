// MP3 with and without a header that tells its length.
#include "storage/audio/mp3.h"

#include <doctest/doctest.h>
#include <sndfile.h>

#include <cmath>

#include "storage/audio/audio.h"
#include "tests/support/speech_like.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

constexpr int rate = 48000;
constexpr std::size_t seconds = 3;
constexpr std::size_t frame_samples = 1152;

/// A quiet second, a loud one, a quiet one: frames of very different sizes.
std::string write_mp3(const fs::path& path, double compression, int mode) {
  SF_INFO info{};
  info.format = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
  info.channels = 1;
  info.samplerate = rate;
  SNDFILE* const file = sf_open(path.c_str(), SFM_WRITE, &info);
  REQUIRE(file != nullptr);
  sf_command(file, SFC_SET_BITRATE_MODE, &mode, sizeof mode);
  sf_command(file, SFC_SET_COMPRESSION_LEVEL, &compression, sizeof compression);
  auto samples = noise(rate * seconds, 1);
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (i / rate != 1) samples[i] = static_cast<int16_t>(samples[i] / 1000);
  sf_write_short(file, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(file);
  return bytes_of(path);
}

/// Without the frame that holds the header, which is the first.
std::string without_header(const std::string& mp3) {
  const auto word = std::min(mp3.find("Xing"), mp3.find("Info"));
  REQUIRE(word < 64);
  const auto next = mp3.find(mp3.substr(0, 2), word);
  REQUIRE(next != std::string::npos);
  return mp3.substr(next);
}

}  // namespace

TEST_CASE("an MP3 is as long as its frames, told or not") {
  const TemporaryFolder folder;
  for (const int mode : {SF_BITRATE_MODE_VARIABLE, SF_BITRATE_MODE_CONSTANT}) {
    CAPTURE(mode);
    const std::string whole = write_mp3(folder / "x.mp3", 0.7, mode);
    CHECK(probe_audio(folder / "x.mp3").frames == static_cast<int64_t>(rate * seconds));
    CHECK(read_audio(folder / "x.mp3").samples.size() == rate * seconds);

    const std::string bare = without_header(whole);
    write_file(folder / "bare.mp3", bare);
    CHECK_FALSE(probe_audio(folder / "bare.mp3").frames.has_value());
    const std::size_t length = read_audio(folder / "bare.mp3").samples.size();
    CHECK(length % frame_samples == 0);
    CHECK(length >= rate * seconds);
    CHECK(length <= rate * seconds + 4 * frame_samples);

    // Tags before and after, of any length.
    std::string tag = "ID3";
    tag += std::string("\x03\0\0\0\0\x40\0", 7) + std::string(0x2000, 'x');
    write_file(folder / "tagged.mp3", tag + bare + "TAG" + std::string(125, '\0'));
    CHECK(read_audio(folder / "tagged.mp3").samples == read_audio(folder / "bare.mp3").samples);
  }
}

TEST_CASE("an MP3 whose header promises more than is there is cut off") {
  const TemporaryFolder folder;
  const std::string whole = write_mp3(folder / "x.mp3", 0.7, SF_BITRATE_MODE_VARIABLE);
  write_file(folder / "cut.mp3", whole.substr(0, whole.size() / 2));
  CHECK(has(sentence_of([&] { read_audio(folder / "cut.mp3"); }), "cut.mp3: is cut off or damaged: "));
}

TEST_CASE("a tag before other audio makes no MP3 of it") {
  const TemporaryFolder folder;
  write_file(folder / "x.flac", std::string("ID3\x03\0\0\0\0\0\0", 10) + "fLaC");
  CHECK_FALSE(is_mp3(folder / "x.flac"));
  write_file(folder / "x.mp3", std::string("ID3\x03\0\0\0\0\0\0", 10) + "\xFF\xFB\x90\x64");
  CHECK(is_mp3(folder / "x.mp3"));
  write_file(folder / "x.aac", "\xFF\xF1\x50\x80");
  CHECK_FALSE(is_mp3(folder / "x.aac"));
}
