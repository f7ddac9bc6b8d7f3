// Levels that no recording has: each is told in a sentence, ordinary speech in none.
#include "storage/audio/levels.h"

#include <doctest/doctest.h>
#include <sndfile.h>

#include <cmath>
#include <vector>

#include "storage/audio/audio.h"
#include "tests/support/temporary_folder.h"

using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

std::vector<float> tone(float peak) {
  std::vector<float> samples(1600);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = peak * std::sin(0.3F * static_cast<float>(i));
  return samples;
}

/// A float WAV file of interleaved channels.
void write_float_wav(const std::filesystem::path& file, const std::vector<float>& samples, int channels) {
  SF_INFO info{};
  info.samplerate = 16000;
  info.channels = channels;
  info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
  SNDFILE* const sound = sf_open(file.c_str(), SFM_WRITE, &info);
  REQUIRE(sound != nullptr);
  sf_writef_float(sound, samples.data(), static_cast<sf_count_t>(samples.size()) / channels);
  sf_close(sound);
}

std::string first_remark(const std::vector<std::string>& remarks) { return remarks.empty() ? "" : remarks.front(); }

}  // namespace

TEST_CASE("unscaled, twice scaled and silent samples are told; speech, hot or soft, is not") {
  CHECK(first_remark(level_remarks(tone(0.3F * 32768))).find("were not divided by 32768?") != std::string::npos);
  CHECK(first_remark(level_remarks(tone(0.3F / 32768))).find("divided by 32768 twice?") != std::string::npos);
  CHECK(first_remark(level_remarks(tone(0))) == "is silent: every sample is zero");
  for (const float peak : {1.08F, 0.3F, 0.01F, 0.002F}) CHECK(level_remarks(tone(peak)).empty());
}

TEST_CASE("clipping is told beyond a thousandth of the samples") {
  CHECK(clipping_remark(16, 16000).empty());
  CHECK(clipping_remark(400, 16000) == "2.5 % of its samples are clipped");
  CHECK(clipping_remark(0, 0).empty());
}

TEST_CASE("a file's remarks come with its samples; channels that cancel each other out are one") {
  const TemporaryFolder folder;
  const auto left = tone(0.3F);
  std::vector<float> same, opposite;
  for (const float sample : left) {
    same.insert(same.end(), {sample, sample * 0.9F});
    opposite.insert(opposite.end(), {sample, -sample});
  }
  write_float_wav(folder / "same.wav", same, 2);
  write_float_wav(folder / "opposite.wav", opposite, 2);
  write_float_wav(folder / "unscaled.wav", tone(3000), 1);
  CHECK(read_audio(folder / "same.wav").remarks.empty());
  const auto remarks = read_audio(folder / "opposite.wav").remarks;
  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0].find("its channels cancel each other out") != std::string::npos);
  CHECK(read_audio(folder / "unscaled.wav").remarks.size() == 1);
}
