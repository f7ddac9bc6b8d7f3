#include "storage/tables/predictions.h"

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.h"

using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

TEST_CASE("predictions are lines of text, one an utterance and task") {
  const TemporaryFolder folder;
  const std::vector<Prediction> predictions = {
      {"p227_001", "DAC24", "quantizer", "MVQ", "SVQ", {{"bonafide", 0.125}, {"MVQ", 0.25}, {"SVQ", 0.625}}},
      {"g1", "GPST", "bona_fide", "", "bonafide", {{"spoof", 0}, {"bonafide", 1}}}};
  write_predictions(folder / "p.txt", predictions);
  CHECK(bytes_of(folder / "p.txt") ==
        "p227_001 DAC24 quantizer MVQ SVQ bonafide=0.125 MVQ=0.25 SVQ=0.625\n"
        "g1 GPST bona_fide - bonafide spoof=0 bonafide=1\n");
  const auto back = read_predictions(folder / "p.txt");
  REQUIRE(back.size() == 2);
  CHECK(back[0].utterance_id == "p227_001");
  CHECK(back[0].codec == "DAC24");
  CHECK(back[0].task == "quantizer");
  CHECK(back[0].truth == "MVQ");
  CHECK(back[0].predicted == "SVQ");
  CHECK(back[0].probabilities == predictions[0].probabilities);
  CHECK(back[1].truth.empty());
}

TEST_CASE("a bad line of predictions is named") {
  const TemporaryFolder folder;
  const auto told = [&](const std::string& line) {
    write_file(folder / "p.txt", "u c decoder Time Time Time=1 Freq=0\n" + line);
    return sentence_of([&] { read_predictions(folder / "p.txt"); });
  };
  const std::string place = (folder / "p.txt").string() + ":2: ";
  CHECK(told("u c decoder Time Time\n") ==
        place + "has 5 fields, but 'utterance_id codec task truth predicted CLASS=PROBABILITY ...' is wanted");
  CHECK(told("u c decoder Time Time Time 1\n") == place + "'Time' is not CLASS=PROBABILITY");
  CHECK(told("u c decoder Time Time Time=1 Freq=1.5\n") == place + "'Freq=1.5' is not CLASS=PROBABILITY");
  CHECK(told("u c decoder Time Time Time=1 =0\n") == place + "'=0' is not CLASS=PROBABILITY");
  CHECK(told("u c decoder Time Wave Time=1 Freq=0\n") ==
        place + "the line has no probability of the class 'Wave'");
  CHECK(told("u c decoder - Time Time=1 Freq=0\n") == "");
}

TEST_CASE("predictions that could not be read again are not written") {
  const TemporaryFolder folder;
  const auto told = [&](const Prediction& prediction) {
    return sentence_of([&] { write_predictions(folder / "p.txt", std::vector<Prediction>{prediction}); });
  };
  CHECK(
      has(told({"a b", "c", "decoder", "Time", "Time", {{"Time", 1}}}), "the prediction of 'a b' (decoder) cannot be"));
  CHECK(has(told({"a", "c", "decoder", "Time", "Time", {{"bona fide", 1}}}), "cannot be a line"));
  CHECK(has(told({"a", "c", "decoder", "Time", "Time", {{"Time", 2}}}), "the probability of Time of 'a' is 2"));
  CHECK_FALSE(std::filesystem::exists(folder / "p.txt"));
}
