// Lengths that a header leaves open, and files that end before their audio does.
#include "storage/audio/extent.h"

#include <doctest/doctest.h>
#include <sndfile.h>

#include <cmath>

#include "storage/audio/audio.h"
#include "storage/audio/extent_parts.h"
#include "tests/support/speech_like.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

constexpr std::size_t frames = 16000;

/// A second of noise at 16 kHz in a format of libsndfile; the bytes of the file.
std::string write_format(const fs::path& path, int format) {
  SF_INFO info{};
  info.format = format;
  info.channels = 1;
  info.samplerate = 16000;
  SNDFILE* const file = sf_open(path.c_str(), SFM_WRITE, &info);
  REQUIRE_MESSAGE(file != nullptr, sf_strerror(nullptr));
  const auto samples = noise(frames, 1);
  CHECK(sf_write_short(file, samples.data(), frames) == frames);
  sf_close(file);
  return bytes_of(path);
}

std::string with(std::string bytes, std::size_t at, const std::string& other) {
  return bytes.replace(at, other.size(), other);
}

std::string said_of(const fs::path& file) {
  return sentence_of([&] { read_audio(file); });
}

/// What is read of `bytes`, and that the header alone tells the same length.
std::size_t length_of(const fs::path& file, const std::string& bytes) {
  write_file(file, bytes);
  const std::size_t length = read_audio(file).samples.size();
  if (const auto told = probe_audio(file).frames) CHECK(static_cast<std::size_t>(*told) == length);
  return length;
}

}  // namespace

TEST_CASE("a WAV whose length was left open goes to the end of the file") {
  const TemporaryFolder folder;
  const std::string whole = write_format(folder / "x.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16);
  REQUIRE(whole.substr(36, 4) == "data");
  for (const std::uint32_t length : {0U, 0x7FFFFFFFU, 0x7FFFF000U, 0x7FFF0000U - 36, 0x80000000U, 0xFFFFFFFFU,
                                     0xFFFFFFFFU - 36, 0x7FFFFFFFU - 36}) {
    CAPTURE(length);
    const std::string open = with(whole, 40, extent::little_bytes(length, 4));
    CHECK(length_of(folder / "open.wav", open) == frames);
    CHECK(read_audio(folder / "open.wav").samples == read_audio(folder / "x.wav").samples);
    CHECK(length_of(folder / "both.wav", with(open, 4, extent::little_bytes(0, 4))) == frames);
    CHECK(length_of(folder / "odd.wav", open.substr(0, open.size() - 3)) == frames - 2);  // no half samples
  }
}

TEST_CASE("a WAV that is cut off, and one without samples, are told as what they are") {
  const TemporaryFolder folder;
  const std::string whole = write_format(folder / "x.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16);
  write_file(folder / "cut.wav", whole.substr(0, whole.size() / 2));
  CHECK(has(said_of(folder / "cut.wav"), "cut.wav: is cut off: "));
  const std::string header = whole.substr(0, 40) + extent::little_bytes(0, 4);
  write_file(folder / "none.wav", header);
  CHECK(has(said_of(folder / "none.wav"), "none.wav: holds no samples"));
  write_file(folder / "list.wav", header + "LIST" + extent::little_bytes(4, 4) + "INFO");
  CHECK(has(said_of(folder / "list.wav"), "list.wav: holds no samples"));
  write_file(folder / "early.wav", whole.substr(0, 20));
  CHECK(has(said_of(folder / "early.wav"), "early.wav: is cut off before its audio begins"));
}

TEST_CASE("what comes after the samples of a WAV is not read as samples") {
  const TemporaryFolder folder;
  const std::string whole = write_format(folder / "x.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16);
  CHECK(length_of(folder / "y.wav", whole + "LIST" + extent::little_bytes(4, 4) + "INFO") == frames);
}

TEST_CASE("containers that tell their length are read whole, and half of one is told") {
  const TemporaryFolder folder;
  struct Container {
    const char* name;
    int format;
  };
  for (const auto& [name, format] : {Container{"x.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
                                     Container{"wavex.wav", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24},
                                     Container{"rf64.wav", SF_FORMAT_RF64 | SF_FORMAT_PCM_16},
                                     Container{"w64.wav", SF_FORMAT_W64 | SF_FORMAT_PCM_16},
                                     Container{"aiff.wav", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
                                     Container{"au.wav", SF_FORMAT_AU | SF_FORMAT_PCM_16},
                                     Container{"sphere.wav", SF_FORMAT_NIST | SF_FORMAT_PCM_16},
                                     Container{"vorbis.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
                                     Container{"opus.ogg", SF_FORMAT_OGG | SF_FORMAT_OPUS},
                                     Container{"x.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16}}) {
    CAPTURE(name);
    const std::string whole = write_format(folder / name, format);
    CHECK(length_of(folder / name, whole) == frames);
    for (const double part : {0.5, 0.9}) {
      write_file(folder / name, whole.substr(0, static_cast<std::size_t>(part * static_cast<double>(whole.size()))));
      CHECK_MESSAGE(has(said_of(folder / name), "cut off"), said_of(folder / name));
    }
  }
}

TEST_CASE("open lengths of RF64, Wave64, AIFF and AU go to the end of the file") {
  const TemporaryFolder folder;
  const fs::path file = folder / "open.wav";
  std::string whole = write_format(folder / "x.rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16);
  auto at = whole.find("ds64");
  REQUIRE(at != std::string::npos);
  CHECK(length_of(file, with(whole, at + 16, extent::little_bytes(0, 8))) == frames);
  CHECK(length_of(file, with(whole, at + 16, std::string(8, '\xFF'))) == frames);

  whole = write_format(folder / "x.w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16);
  at = whole.find("data");
  CHECK(length_of(file, with(whole, at + 16, std::string(7, '\xFF') + "\x7F")) == frames);

  whole = write_format(folder / "x.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16);
  at = whole.find("SSND");
  const auto comm = whole.find("COMM");
  for (const std::uint32_t length : {0U, 0x7F000008U, 0xFFFFFFFFU}) {
    const auto promised = with(whole, comm + 10, extent::big_bytes(length / 2, 4));
    CHECK(length_of(file, with(promised, at + 4, extent::big_bytes(length, 4))) == frames);
  }

  whole = write_format(folder / "x.au", SF_FORMAT_AU | SF_FORMAT_PCM_16);
  CHECK(length_of(file, with(whole, 8, extent::big_bytes(0xFFFFFFFF, 4))) == frames);
  CHECK(length_of(file, with(whole, 8, extent::big_bytes(0, 4))) == frames);
}

TEST_CASE("a FLAC without a sample count is read to its end; half a frame is told") {
  const TemporaryFolder folder;
  std::string streamed = write_format(folder / "x.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  streamed[21] = static_cast<char>(streamed[21] & 0xF0);  // the 36 bits of STREAMINFO's sample count
  streamed = with(streamed, 22, std::string(4, '\0'));
  write_file(folder / "streamed.flac", streamed);
  CHECK(read_audio(folder / "streamed.flac").samples.size() == frames);
  CHECK_FALSE(probe_audio(folder / "streamed.flac").frames.has_value());
  write_file(folder / "cut.flac", streamed.substr(0, streamed.size() - 500));
  CHECK_MESSAGE(has(said_of(folder / "cut.flac"), "cut.flac: "), said_of(folder / "cut.flac"));
}
