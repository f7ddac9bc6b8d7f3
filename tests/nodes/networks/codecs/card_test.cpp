#include "nodes/networks/codecs/card.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/error.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/make/make_codec.h"

// After libtorch's headers, whose logging defines a CHECK of its own.
#include <doctest/doctest.h>

using namespace cfo;
using namespace cfo::codecs;

namespace {

constexpr auto good_card = R"(name: mine
family: encodec
title: Mine
backend: native
quantizer: MVQ
auxiliary: None
decoder: Time
sample_rate: 24000
hop: 320
frame_rate: 75
codebooks: 8
codebook_size: 1024
bitrate_kbps: 6
license: MIT
source: https://example.org
weights:
  - file: mine.th
    container: torch
    nesting: [state, model]
config:
  strides: [2, 4]
  inner: {scale: 0.5, name: deep}
)";

/// A card file with one text replaced by another, gone when the test ends.
class CardFile {
 public:
  explicit CardFile(const std::string& from = "", const std::string& to = "")
      : folder_(std::filesystem::temp_directory_path() / ("cfo-card-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    std::string text = good_card;
    if (!from.empty()) text.replace(text.find(from), from.size(), to);
    std::ofstream(path()) << text;
  }
  ~CardFile() { std::filesystem::remove_all(folder_); }
  std::filesystem::path path() const { return folder_ / "mine.yaml"; }

 private:
  std::filesystem::path folder_;
};

std::vector<Card> paper_cards() {
  std::vector<Card> cards;
  for (const auto& card : all_cards()) {
    if (!card.letter.empty()) cards.push_back(card);
  }
  return cards;
}

std::map<std::string, int> counted(std::string Card::*field) {
  std::map<std::string, int> counts;
  for (const auto& card : paper_cards()) ++counts[card.*field];
  return counts;
}

void check_refused(const std::string& from, const std::string& to, const std::string& sentence) {
  CAPTURE(to);
  const CardFile file(from, to);
  CHECK_THROWS_WITH_AS(read_card(file.path()), doctest::Contains(sentence.c_str()), cfo::Error);
  CHECK_THROWS_WITH_AS(read_card(file.path()), doctest::Contains("mine.yaml"), cfo::Error);
}

}  // namespace

TEST_CASE("the paper's 31 models of 21 families have cards, lettered as in its Table II") {
  const auto cards = paper_cards();
  CHECK(cards.size() == 31);
  CHECK(counted(&Card::title).size() == 21);
  std::set<std::string> letters;
  std::map<char, std::set<std::string>> family_of;
  for (const auto& card : cards) {
    letters.insert(card.letter);
    family_of[card.letter.front()].insert(card.title);  // FunCodec's two domains are networks of their own
  }
  const std::set<std::string> expected = {"A",  "B",  "C",  "D1", "D2", "E1", "E2", "E3", "F1", "F2", "G",
                                          "H",  "I1", "I2", "J",  "K",  "L1", "L2", "M",  "P1", "P2", "Q1",
                                          "Q2", "R",  "S",  "T1", "T2", "T3", "U",  "V",  "W"};
  CHECK(letters == expected);
  for (const auto& [letter, families] : family_of) CHECK(families.size() == 1);
}

TEST_CASE("the taxonomy counts are those of the corpus authors' metadata") {
  CHECK(counted(&Card::quantizer) == std::map<std::string, int>{{"MVQ", 25}, {"SVQ", 4}, {"SQ", 2}});
  CHECK(counted(&Card::auxiliary) == std::map<std::string, int>{{"None", 18}, {"SEM", 8}, {"Disent", 5}});
  CHECK(counted(&Card::decoder) == std::map<std::string, int>{{"Time", 19}, {"Freq", 12}});
}

TEST_CASE("every card of the paper says where its weights are, and its rates agree") {
  for (const auto& card : paper_cards()) {
    CAPTURE(card.name);
    CHECK_FALSE(card.weights.empty());
    for (const auto& file : card.weights) {
      CHECK(file.url.empty() != file.page.empty());  // a direct address, or a page for a browser
      CHECK((file.url + file.page).rfind("https://", 0) == 0);
    }
    CHECK(card.frame_rate * static_cast<double>(card.hop) == doctest::Approx(card.sample_rate).epsilon(1e-4));
    if (is_implemented(card)) CHECK(card.config);
  }
}

TEST_CASE("cards keep their own numbers when they are sorted and copied") {
  CHECK(Config(find_card("Encodec_6b24k")).get<int64_t>("kernel") == 7);
  CHECK(Config(find_card("hilcodec_speech")).get<int64_t>("kernel") == 5);
  auto copy = find_card("Encodec_6b24k");
  copy = find_card("hilcodec_speech");
  CHECK(Config(copy).get<int64_t>("kernel") == 5);
  CHECK(Config(find_card("Encodec_6b24k")).get<int64_t>("kernel") == 7);
}

TEST_CASE("an unknown codec gets the nearest name") {
  CHECK_THROWS_WITH_AS(find_card("encodec_6b"), doctest::Contains("did you mean 'Encodec_6b24k'?"), cfo::Error);
}

TEST_CASE("a weight file stays below the folder of weights, and its digest is one") {
  check_refused("file: mine.th", "file: ../mine.th", "file is a name and folder a place below the weights folder");
  check_refused("file: mine.th", "file: mine.th\n    folder: a/../../b", "folder a place below the weights folder");
  check_refused("file: mine.th", "file: mine.th\n    folder: /etc", "folder a place below the weights folder");
  check_refused("file: mine.th", "file: mine.th\n    sha256: D7CC", "sha256 has 64 digits of 0-9 and a-f");
}

TEST_CASE("a card is read with all its fields") {
  const CardFile file;
  const auto card = read_card(file.path());
  CHECK(card.letter.empty());
  CHECK(card.bitrate_kbps == 6);
  REQUIRE(card.weights.size() == 1);
  CHECK(card.weights[0].nesting == std::vector<std::string>{"state", "model"});
  CHECK(card.file == file.path());
}

TEST_CASE("a mistake in a card is one sentence with file, line and key") {
  check_refused("hop: 320\n", "", "the key 'hop' is missing");
  check_refused("hop: 320", "hop: often", "9: the value of 'hop' has the wrong type");
  check_refused("hop: 320", "hop: 0", "9: hop is 0 but must be above 0");
  check_refused("quantizer: MVQ", "quantizer: RVQ", "5: quantizer 'RVQ' is unknown");
  check_refused("license: MIT", "license: MIT\nlicence: MIT", "a card has no key 'licence'; did you mean 'license'?");
  check_refused("container: torch", "contaner: torch", "the key 'container' is missing");
  check_refused("name: mine", "name: other", "the card is called 'other'");
  check_refused("strides: [2, 4]", "strides: [2, 4", "not valid YAML");
}

TEST_CASE("a missing card file is told") {
  CHECK_THROWS_WITH_AS(read_card("/nonexistent/x.yaml"), doctest::Contains("cannot be read"), cfo::Error);
}

TEST_CASE("a family reads its numbers by key, and hears which one is missing or mistyped") {
  const CardFile file;
  const auto card = read_card(file.path());
  const Config config(card);
  CHECK(config.get<std::vector<int64_t>>("strides") == std::vector<int64_t>{2, 4});
  CHECK(config.section("inner").get<double>("scale") == 0.5);
  CHECK(config.get<int64_t>("absent", 7) == 7);
  CHECK_THROWS_WITH_AS(config.get<int64_t>("absent"), doctest::Contains("'config.absent' is missing"), cfo::Error);
  CHECK_THROWS_WITH_AS(config.get<int64_t>("strides"),
                       doctest::Contains("'config.strides' has a value of another type"), cfo::Error);
  CHECK_THROWS_WITH_AS(config.section("inner").get<double>("name"), doctest::Contains("'config.inner.name'"),
                       cfo::Error);
  CHECK_THROWS_WITH_AS(config.section("outer"), doctest::Contains("'config.outer' is missing"), cfo::Error);
}

TEST_CASE("numbers are laid over a card's own, as deep as they go; a key that the card lacks is told") {
  const CardFile file;
  const auto card = read_card(file.path());
  const auto overlay = file.path().parent_path() / "overlay.yaml";
  std::ofstream(overlay) << "inner: {scale: 2.5}\n";
  const auto changed = with_config(card, overlay);
  CHECK(Config(changed).section("inner").get<double>("scale") == 2.5);
  CHECK(Config(changed).section("inner").get<std::string>("name") == "deep");
  CHECK(Config(changed).get<std::vector<int64_t>>("strides") == std::vector<int64_t>{2, 4});
  CHECK(Config(card).section("inner").get<double>("scale") == 0.5);
  std::ofstream(overlay) << "inner: {skale: 2.5}\n";
  CHECK_THROWS_WITH_AS(with_config(card, overlay),
                       doctest::Contains("overlay.yaml:1: the card has no 'config.inner.skale'"), cfo::Error);
}

TEST_CASE("the numbers that came with the weights stand before the card's, where the card has the key") {
  const CardFile file;
  const auto card = read_card(file.path());
  const auto changed = with_published_config(
      card, "strides: [8, 8, 2]\ninner: {scale: 4, name: '${name}', more: 1}\noptim: {lr: 0.1}\n", "model.nemo");
  CHECK(Config(changed).get<std::vector<int64_t>>("strides") == std::vector<int64_t>{8, 8, 2});
  CHECK(Config(changed).section("inner").get<double>("scale") == 4);
  CHECK(Config(changed).section("inner").get<std::string>("name") == "deep");  // left open there
  CHECK_FALSE(Config(changed).section("inner").has("more"));
  CHECK_FALSE(Config(changed).has("optim"));
  CHECK(Config(card).section("inner").get<double>("scale") == 0.5);
  const auto other = with_published_config(card, "strides: 3\ninner: [1]\n", "model.nemo");  // of other kinds
  CHECK(Config(other).get<std::vector<int64_t>>("strides") == std::vector<int64_t>{2, 4});
  CHECK_THROWS_WITH_AS(with_published_config(card, "strides: [8\n", "model.nemo"),
                       doctest::Contains("model.nemo:2: the model's configuration is not valid YAML"), cfo::Error);
}

TEST_CASE("a list of lists is read") {
  const CardFile file("strides: [2, 4]", "strides: [[0, 2], [2, 4]]");
  using Lists = std::vector<std::vector<int64_t>>;
  CHECK(Config(read_card(file.path())).get<Lists>("strides") == Lists{{0, 2}, {2, 4}});
}

TEST_CASE("a family without an implementation is refused by name") {
  auto card = find_card("Encodec_6b24k");
  card.family = "encodex";
  CHECK_FALSE(is_implemented(card));
  CHECK_THROWS_WITH_AS(make_codec(card, tensors::WeightScope({}, "x.pt")), doctest::Contains("did you mean 'encodec'?"),
                       cfo::Error);
}
