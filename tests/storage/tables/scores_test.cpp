#include "storage/tables/scores.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "tests/support/temporary_folder.h"

using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

TEST_CASE("scores are lines of text") {
  const TemporaryFolder folder;
  const std::vector<Score> scores = {{"p226_001", "bonafide", Label::bona_fide, 3.25},
                                     {"p226_001", "DAC24", Label::spoof, -0.1}};
  write_scores(folder / "s.txt", scores);
  CHECK(bytes_of(folder / "s.txt") == "p226_001 bonafide bonafide 3.25\np226_001 DAC24 spoof -0.1\n");
  const auto back = read_scores(folder / "s.txt");
  REQUIRE(back.size() == 2);
  CHECK(back[0].utterance_id == "p226_001");
  CHECK(back[0].codec == "bonafide");
  CHECK(back[0].label == Label::bona_fide);
  CHECK(back[0].score == 3.25);
  CHECK(back[1].label == Label::spoof);
  CHECK(back[1].score == -0.1);
}

TEST_CASE("every float32 survives") {
  const TemporaryFolder folder;
  std::mt19937 random(1);
  std::vector<Score> scores;
  while (scores.size() < 2000) {
    const auto bits = static_cast<uint32_t>(random());
    float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (std::isfinite(value)) scores.push_back({"u", "c", Label::spoof, value});
  }
  write_scores(folder / "s.txt", scores);
  const auto back = read_scores(folder / "s.txt");
  REQUIRE(back.size() == scores.size());
  for (std::size_t i = 0; i < back.size(); ++i)
    CHECK(static_cast<float>(back[i].score) == static_cast<float>(scores[i].score));
}

TEST_CASE("a bad line is named") {
  const TemporaryFolder folder;
  const auto told = [&](const std::string& text) {
    write_file(folder / "s.txt", "a DAC24 spoof 1\n" + text);
    return sentence_of([&] { read_scores(folder / "s.txt"); });
  };
  const std::string place = (folder / "s.txt").string() + ":2: ";
  CHECK(told("a DAC24 spoof\n") == place + "has 3 fields, but 'utterance_id codec label score' is wanted");
  CHECK(told("a b DAC24 spoof 1\n") == place + "has 5 fields, but 'utterance_id codec label score' is wanted");
  CHECK(told("\n") == place + "has 0 fields, but 'utterance_id codec label score' is wanted");
  CHECK(told("a DAC24 fake 1\n") == place + "unknown label 'fake'; it must be 'bonafide' or 'spoof'");
  CHECK(told("a DAC24 spoof 1x\n") == place + "the score '1x' is not a finite number");
  CHECK(told("a DAC24 spoof nan\n") == place + "the score 'nan' is not a finite number");
  CHECK(told("a DAC24 spoof inf\n") == place + "the score 'inf' is not a finite number");
  CHECK(told("a DAC24 spoof 2\r\n") == "");
  CHECK(has(sentence_of([&] { read_scores(folder / "none.txt"); }), "none.txt: cannot be opened"));
}

TEST_CASE("what could not be read again is not written") {
  const TemporaryFolder folder;
  const auto told = [&](const Score& score) {
    return sentence_of([&] { write_scores(folder / "s.txt", std::vector<Score>{score}); });
  };
  CHECK(has(told({"a b", "DAC24", Label::spoof, 1}), "s.txt: 'a b' of codec 'DAC24' cannot be a line of scores"));
  CHECK(has(told({"a", "", Label::spoof, 1}), "cannot be a line of scores"));
  CHECK(has(told({"a", "DAC24", Label::spoof, std::nan("")}), "the score of 'a' is nan, not a finite number"));
  CHECK_FALSE(std::filesystem::exists(folder / "s.txt"));
}

TEST_CASE("scores of a speaker verification system come by kind of trial") {
  const TemporaryFolder folder;
  write_file(folder / "asv.txt", "LA_0013 target 5.25\nLA_0013 nontarget -1\nA07 spoof 2\nA08 spoof -3e-1\n");
  const auto scores = read_asv_scores(folder / "asv.txt");
  CHECK(scores.target == std::vector<double>{5.25});
  CHECK(scores.non_target == std::vector<double>{-1});
  CHECK(scores.spoof == std::vector<double>{2, -0.3});
  const auto told = [&](const std::string& line) {
    write_file(folder / "asv.txt", "A07 spoof 2\n" + line);
    return sentence_of([&] { read_asv_scores(folder / "asv.txt"); });
  };
  const std::string place = (folder / "asv.txt").string() + ":2: ";
  CHECK(told("A07 spoof\n") == place + "has 2 fields, but 'source kind score' is wanted");
  CHECK(told("A07 bonafide 1\n") == place + "unknown kind 'bonafide'; it must be 'target', 'nontarget' or 'spoof'");
  CHECK(told("A07 spoof inf\n") == place + "the score 'inf' is not a finite number");
}
