// What a corpus holds, before a night is spent on it.
#include "storage/corpus/survey.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>

#include "base/error.h"
#include "storage/audio/audio.h"
#include "tests/support/temporary_folder.h"

using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;
namespace fs = std::filesystem;

namespace {

void put(const fs::path& file, double seconds, int64_t rate) {
  fs::create_directories(file.parent_path());
  write_audio(file, std::vector<int16_t>(static_cast<std::size_t>(seconds * static_cast<double>(rate)), 1000), rate);
}

}  // namespace

TEST_CASE("counts, lengths, rates, formats, splits, and what is left out and why") {
  const TemporaryFolder folder;
  put(folder / "s1/s1_1.wav", 1.0, 16000);
  put(folder / "s1/s1_2.flac", 2.0, 16000);
  put(folder / "s2/s2_1.wav", 0.5, 48000);
  put(folder / "s3/s3_1.wav", 4.0, 16000);
  std::ofstream(folder / "s3/s3_2.wav") << "no audio";
  std::ofstream(folder / "s3/s3_3.opus") << "OggS";
  CHECK(guess_layout(folder.path()) == "folder");
  std::atomic<int> heard = 0;
  const auto survey = survey_corpus({.layout = "folder", .root = folder.path(), .microphone = "mic1", .protocol = {}},
                                    {.validation = {"s2"}, .eval = {"s3"}}, 2, [&](double) { ++heard; });
  CHECK(heard == 5);
  CHECK(survey.utterances == 4);
  CHECK(survey.speakers == 3);
  CHECK(survey.seconds == doctest::Approx(7.5));
  CHECK(survey.rates == std::map<int64_t, std::size_t>{{16000, 3}, {48000, 1}});
  CHECK(survey.channels == std::map<int, std::size_t>{{1, 4}});
  CHECK(survey.formats == std::map<std::string, std::size_t>{{"flac", 1}, {"wav", 3}});
  CHECK(survey.shortest.utterance_id == "s2_1");
  CHECK(survey.longest.utterance_id == "s3_1");
  REQUIRE(survey.splits.size() == 3);
  CHECK(survey.splits[0].utterances == 2);
  CHECK(survey.splits[1].speakers == std::vector<std::string>{"s2"});
  CHECK(survey.splits[2].seconds == doctest::Approx(4));
  REQUIRE(survey.left_out.size() == 2);
  const auto tells = [&](const std::string& word) {
    return std::any_of(survey.left_out.begin(), survey.left_out.end(),
                       [&](const auto& fault) { return fault.reason.find(word) != std::string::npos; });
  };
  CHECK(tells("s3_2.wav: not a WAV"));
  CHECK(tells(".opus"));
}

TEST_CASE("a folder that fits no layout is told with what was looked for") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "empty");
  CHECK_THROWS_WITH_AS(guess_layout(folder.path()), doctest::Contains("no layout fits"), Error);
}
