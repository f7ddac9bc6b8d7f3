// load_corpus: what is listed, how it is split and limited, and what broken files do.
#include <set>

#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/fields.h"
#include "storage/corpus/corpus.h"
#include "tests/support/kind_support.h"

using namespace cfo;
using Texts = std::vector<std::string>;

namespace {

/// Speakers a (6 utterances), b (3) and c (3), a quarter of a second each and longer; b_2 is no audio, c_2 is cut off.
class Tree {
 public:
  Tree() {
    for (int i = 0; i < 6; ++i) test::write_voice(file("a", i), 0.25 + 0.1 * i, 16000, 110);
    for (int i = 0; i < 2; ++i) test::write_voice(file("b", i), 0.4, 22050, 150);
    for (int i = 0; i < 2; ++i) test::write_voice(file("c", i), 0.3, 48000, 200);
    test::write_bytes(file("b", 2), "this is no audio file at all, whatever its name says");
    test::write_voice(file("c", 2), 0.5, 16000, 180);
    std::filesystem::resize_file(file("c", 2), std::filesystem::file_size(file("c", 2)) / 2);
  }

  std::filesystem::path file(const std::string& speaker, int index) const {
    return folder_ / "corpus" / speaker / (speaker + "_" + std::to_string(index) + ".flac");
  }

  test::Values values(const std::string& split, int64_t limit = 0) const {
    return {{"layout", std::string("folder")},
            {"root", (folder_ / "corpus").string()},
            {"validation", Texts{"b"}},
            {"eval", Texts{"c"}},
            {"split", split},
            {"limit", limit}};
  }

  const test::TemporaryFolder& folder() const { return folder_; }

 private:
  test::TemporaryFolder folder_;
};

void set(test::Values& values, const std::string& name, const Texts& texts) {
  for (auto& [key, value] : values)
    if (key == name) value = texts;
}

engine::SourcePlan plan(const test::Values& values) {
  const auto kind = kinds::load_corpus_kind();
  return kind.plan(test::parameters_of(kind, values));
}

Texts ids(const engine::SourcePlan& plan) {
  Texts result;
  for (const auto& item : plan.items) result.push_back(item.id);
  return result;
}

std::vector<std::string> check(const test::Values& values) {
  const auto kind = kinds::load_corpus_kind();
  const auto parameters = test::parameters_of(kind, values);
  auto sentences = kind.lacks(parameters);
  for (auto& sentence : kind.check(parameters)) sentences.push_back(std::move(sentence));
  return sentences;
}

engine::Item planned_item(const engine::PlannedItem& planned) {
  engine::Item item;
  item.id = planned.id;
  item.seconds = planned.seconds;
  item.set(engine::planned, planned.payload);
  return item;
}

}  // namespace

TEST_CASE("splits hold their speakers and nobody else") {
  const Tree tree;
  CHECK(ids(plan(tree.values("train"))) == Texts{"a_0", "a_1", "a_2", "a_3", "a_4", "a_5"});
  CHECK(ids(plan(tree.values("validation"))) == Texts{"b_0", "b_1", "b_2"});
  CHECK(ids(plan(tree.values("eval"))) == Texts{"c_0", "c_1", "c_2"});
  CHECK(plan(tree.values("all")).items.size() == 12);
}

TEST_CASE("a speaker of the settings whom the corpus lacks is a mistake where his speech would be trained on") {
  const Tree tree;
  test::write_voice(tree.file("spk10", 0), 0.3, 16000, 110);
  const auto with = [&](const std::string& split, const Texts& validation, const Texts& eval) {
    auto values = tree.values(split);
    set(values, "validation", validation);
    set(values, "eval", eval);
    return check(values);
  };
  CHECK(with("train", {"b"}, {"c"}).empty());
  CHECK(with("eval", {"b"}, {"c", "spk1O"}) ==
        Texts{"eval speaker 'spk1O' is not in the corpus; did you mean 'spk10'?"});
  CHECK(with("train", {"10"}, {"spk11"}) == Texts{"validation speaker '10' is not in the corpus; did you mean 'spk10'?",
                                                  "eval speaker 'spk11' is not in the corpus; did you mean 'spk10'?"});
  CHECK(with("train", {"pk10"}, {}) == Texts{"validation speaker 'pk10' is not in the corpus; did you mean 'spk10'?"});
  CHECK(with("all", {"nobody"}, {"no one"}).empty());
  CHECK(
      with("validation", {"nobody_at_all"}, {}) ==
      Texts{"validation speaker 'nobody_at_all' is not in the corpus; known: a, b, c, spk10; set corpus.validation to "
            "some of its speakers, or to [] for none"});
  // A name that fits nothing, for a split that is not read here: said, but no mistake.
  CHECK(with("train", {"nobody_at_all"}, {}).empty());
  auto values = tree.values("train");
  set(values, "validation", Texts{"nobody_at_all"});
  REQUIRE(plan(values).notes.size() == 1);
  CHECK(plan(values).notes[0].starts_with("validation speaker 'nobody_at_all' is not in the corpus"));
}

TEST_CASE("a speaker's name in another form of Unicode is told as that") {
  const Tree tree;
  test::write_voice(tree.file("Jose\xCC\x81", 0), 0.3, 16000, 110);
  auto values = tree.values("train");
  set(values, "eval", Texts{"Jos\xC3\xA9"});
  CHECK(check(values) == Texts{"eval speaker 'Jos\xC3\xA9' is not in the corpus; 'Jose\xCC\x81' is, in another form of "
                               "Unicode: copy the name from the folder"});
}

TEST_CASE("a limit takes utterances evenly over speakers, always the same") {
  const Tree tree;
  CHECK(ids(plan(tree.values("all", 4))) == Texts{"a_0", "a_3", "b_0", "c_0"});
  CHECK(ids(plan(tree.values("train", 2))) == Texts{"a_0", "a_3"});
  CHECK(plan(tree.values("train", 100)).items.size() == 6);
}

TEST_CASE(
    "estimated lengths follow the size of files; what an item is made from is its file, its speaker and its label") {
  const Tree tree;
  const auto planned = plan(tree.values("train"));
  double total = 0;
  for (const auto& item : planned.items) total += item.seconds;
  CHECK(total > 1.5);  // 3 s of speech
  CHECK(total < 6);
  CHECK(planned.items[5].seconds > planned.items[0].seconds);
  CHECK(planned.items[2].file == tree.file("a", 2));
  CHECK(planned.items[2].fingerprint == "a bonafide");
}

TEST_CASE("loading sets audio, speaker, label and the true length") {
  const Tree tree;
  const auto planned = plan(tree.values("eval"));
  test::RunningNode load(kinds::load_corpus_kind(), tree.values("eval"));
  const auto item = load(planned_item(planned.items.front()));
  CHECK(item.id == "c_0");
  CHECK(item.get(kinds::fields::speaker) == "c");
  CHECK((item.get(kinds::fields::label) == storage::Label::bona_fide));
  CHECK(item.get(kinds::fields::audio).sample_rate == 48000);
  CHECK(item.get(kinds::fields::audio).samples.size() == 14400);
  CHECK(item.seconds == doctest::Approx(0.3));
}

TEST_CASE("broken and vanished files fail their item with a sentence that names the file") {
  const Tree tree;
  test::RunningNode load(kinds::load_corpus_kind(), tree.values("all"));
  const auto planned = plan(tree.values("all"));
  std::filesystem::remove(tree.file("a", 5));
  std::map<std::string, std::string> failed;
  for (const auto& item : planned.items) {
    const std::string sentence = test::sentence_of([&] { load(planned_item(item)); });
    if (!sentence.empty()) failed[item.id] = sentence;
  }
  REQUIRE(failed.size() == 3);
  CHECK(test::contains(failed["a_5"], tree.file("a", 5).string()));
  CHECK(test::contains(failed["b_2"], tree.file("b", 2).string()));
  CHECK(test::contains(failed["c_2"], tree.file("c", 2).string()));
}

TEST_CASE("missing files of a protocol are faults of the plan") {
  const test::TemporaryFolder folder;
  test::write_voice(folder / "flac" / "LA_T_1.flac", 0.3, 16000, 120);
  test::write_bytes(folder / "protocol.txt", "LA_1 LA_T_1 - - bonafide\nLA_1 LA_T_2 - A01 spoof\n");
  const test::Values values = {{"layout", std::string("asvspoof2019")},
                               {"root", (folder / "flac").string()},
                               {"protocol", (folder / "protocol.txt").string()}};
  const auto listed = plan(values);
  CHECK(ids(listed) == Texts{"LA_T_1"});
  REQUIRE(listed.faults.size() == 1);
  CHECK(test::contains(listed.faults.front().item + listed.faults.front().reason, "LA_T_2"));
}

TEST_CASE("mistakes in the corpus block are told before anything runs, all of them") {
  const Tree tree;
  CHECK(check(tree.values("all")).empty());
  const std::string nowhere = (tree.folder() / "nowhere").string();
  const auto both = check({{"root", nowhere}, {"validation", Texts{"p1", "p2"}}, {"eval", Texts{"p2"}}});
  REQUIRE(both.size() == 2);
  CHECK(test::contains(both[0], nowhere));
  CHECK(test::contains(both[1], "'p2'"));
  const auto protocol = check({{"root", tree.folder().path().string()}, {"layout", std::string("codecfake_plus")}});
  REQUIRE(protocol.size() == 1);
  CHECK(test::contains(protocol[0], "layout codecfake_plus needs 'protocol'"));
}
