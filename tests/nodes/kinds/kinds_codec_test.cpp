// A built-in codec from fitting to audio: fit_codec, then resample, encode, quantize, decode; and the weights store.
#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/digest.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/fields.h"
#include "nodes/networks/codecs/codec.h"
#include "nodes/weights/store.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/kind_support.h"

using namespace cfo;
using Texts = std::vector<std::string>;

namespace {

const std::string codec = "mdct_fsq";  // fitted from the least speech

/// Eight speakers of three seconds each, one of whom is held out; one file is no audio.
void write_corpus(const test::TemporaryFolder& folder) {
  for (int speaker = 0; speaker < 8; ++speaker) {
    const std::string name = "s" + std::to_string(speaker);
    test::write_voice(folder / "corpus" / name / (name + "_1.wav"), 3, 22050, 90 + 20 * speaker, speaker);
  }
  test::write_bytes(folder / "corpus" / "s3" / "s3_2.wav", "no audio");
}

test::Values fit_values(const test::TemporaryFolder& folder) {
  return {{"codec", codec},
          {"layout", std::string("folder")},
          {"root", (folder / "corpus").string()},
          {"validation", Texts{"s7"}},
          {"eval", Texts{}}};
}

/// A folder with the tables that fit_codec makes of the corpus; made once for all tests.
class Fitted {
 public:
  Fitted() {
    write_corpus(folder_);
    const auto kind = kinds::fit_codec_kind();
    test::RunningTask task(kind, fit_values(folder_), folder_.path(), {tables()});
    task.run();
    failures = task.failures;
    fractions = task.fractions;
    seconds = task.seconds;
  }
  std::filesystem::path tables() const { return folder_ / "fitted.tables.safetensors"; }
  engine::Artifact artifact() const {
    return {.node = "tables", .kind = "fit_codec", .bindings = {{"codec", codec}}, .files = {tables()}};
  }
  const test::TemporaryFolder& folder() const { return folder_; }

  std::vector<std::pair<std::string, std::string>> failures;
  std::vector<double> fractions;
  double seconds = 0;

 private:
  test::TemporaryFolder folder_;
};

const Fitted& fitted() {
  static const Fitted once;
  return once;
}

test::RunningNode codec_node(const engine::Kind& kind) {
  return test::RunningNode(kind, {{"codec", codec}}, {fitted().artifact()});
}

engine::Item spoken(storage::Audio audio) {
  engine::Item item;
  item.id = "p1_1";
  item.set(kinds::fields::audio, std::move(audio));
  return item;
}

int64_t codec_rate() { return codecs::find_card(codec).sample_rate; }

}  // namespace

TEST_CASE("fit_codec reports unreadable files and goes on with the rest") {
  REQUIRE(fitted().failures.size() == 1);
  CHECK(fitted().failures.front().first == "s3_2");
  CHECK(test::contains(fitted().failures.front().second, "s3_2.wav"));
  CHECK(fitted().seconds == doctest::Approx(21).epsilon(0.01));  // without the validation speaker
  CHECK(std::is_sorted(fitted().fractions.begin(), fitted().fractions.end()));
  CHECK(fitted().fractions.back() == doctest::Approx(1));
  CHECK(storage::read_safetensors_metadata(fitted().tables()).at("codec") == codec);
}

TEST_CASE("fit_codec gives the same bytes again, other ones for another seed, and needs speech") {
  const auto kind = kinds::fit_codec_kind();
  const auto fit = [&](const std::string& name, uint64_t seed) {
    test::RunningTask task(kind, fit_values(fitted().folder()), fitted().folder().path(), {fitted().folder() / name},
                           seed);
    task.run();
    return digest_of_file(fitted().folder() / name);
  };
  const std::string first = digest_of_file(fitted().tables());
  CHECK(fit("again", 1) == first);
  CHECK(fit("other", 2) != first);
  auto nobody = fit_values(fitted().folder());
  nobody.emplace_back("split", std::string("eval"));
  test::RunningTask task(kind, nobody, fitted().folder().path(), {fitted().folder() / "none"});
  CHECK(test::contains(test::sentence_of([&] { task.run(); }), "the eval split of"));
}

TEST_CASE("fit_codec applies to built-in codecs only, and what it reads is told by file") {
  const auto kind = kinds::fit_codec_kind();
  CHECK(kind.applies(test::parameters_of(kind, fit_values(fitted().folder()))));
  auto published = fit_values(fitted().folder());
  published.emplace_back("codec", std::string("Encodec_6b24k"));
  CHECK_FALSE(kind.applies(test::parameters_of(kind, published)));
  const auto parameters = test::parameters_of(kind, fit_values(fitted().folder()));
  const auto files = kind.files(parameters);
  CHECK(!files.empty());
  const auto file = fitted().folder() / "corpus" / "s2" / "s2_1.wav";
  CHECK(std::any_of(files.begin(), files.end(), [&](const auto& item) { return item.file == file; }));
}

TEST_CASE("speech through encode, quantize and decode comes back as it was, more or less") {
  auto resample = test::RunningNode(kinds::resample_kind(), {{"rate", std::string("codec")}, {"codec", codec}});
  auto encode = codec_node(kinds::encode_kind());
  auto quantize = codec_node(kinds::quantize_kind());
  auto decode = codec_node(kinds::decode_kind());
  const auto input = resample(spoken(test::voice_audio(2, 48000, 130, 5)));
  const auto latent = encode(input);
  CHECK_FALSE(latent.has(kinds::fields::audio));
  CHECK(latent.get(kinds::fields::latent).samples == 2 * codec_rate());
  const auto codes = quantize(latent);
  CHECK_FALSE(codes.has(kinds::fields::latent));
  const auto output = decode(codes);
  CHECK(output.has(kinds::fields::codes));
  CHECK(output.get(kinds::fields::audio).sample_rate == codec_rate());
  CHECK(output.get(kinds::fields::audio).samples.size() == input.get(kinds::fields::audio).samples.size());
  test::RunningNode measure(kinds::measure_snr_kind(), {});
  CHECK(measure(output, input).get(kinds::fields::snr_db).value > 3);
}

TEST_CASE("a batch of several lengths gives each item what it has alone") {
  auto encode = codec_node(kinds::encode_kind());
  auto quantize = codec_node(kinds::quantize_kind());
  auto decode = codec_node(kinds::decode_kind());
  std::vector<std::vector<engine::Item>> batch;
  for (int i = 0; i < 5; ++i)
    batch.push_back({spoken(test::voice_audio(i % 2 == 0 ? 0.5 : 0.8, codec_rate(), 100 + 10 * i, i))});
  const auto through = [](test::RunningNode& node, const std::vector<engine::Item>& items) {
    std::vector<std::vector<engine::Item>> inputs;
    for (const auto& item : items) inputs.push_back({item});
    return node.run(inputs);
  };
  const auto together = through(decode, through(quantize, encode.run(batch)));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto alone = decode(quantize(encode(batch[i].front())));
    const auto& streams = together[i].get(kinds::fields::codes).streams;
    CHECK(streams.front().equal(alone.get(kinds::fields::codes).streams.front()));
    const auto& samples = together[i].get(kinds::fields::audio).samples;
    const auto& expected = alone.get(kinds::fields::audio).samples;
    REQUIRE(samples.size() == expected.size());
    double worst = 0;
    for (std::size_t s = 0; s < samples.size(); ++s)
      worst = std::max<double>(worst, std::abs(samples[s] - expected[s]));
    CHECK(worst < 1e-5);
  }
}

TEST_CASE("audio that a codec cannot take fails with a sentence") {
  auto encode = codec_node(kinds::encode_kind());
  const std::string rate = test::sentence_of([&] { encode(spoken(test::voice_audio(0.5, 22050, 120))); });
  CHECK(test::contains(rate, "22050 Hz"));
  CHECK(test::contains(rate, "put a resample node with rate: codec before encode"));
  CHECK(test::contains(test::sentence_of([&] { encode(spoken({.samples = {}, .sample_rate = codec_rate()})); }),
                       "empty"));
}

TEST_CASE("without its tables a fitted codec is refused, with the way out") {
  const std::string sentence = test::sentence_of([] { test::RunningNode(kinds::encode_kind(), {{"codec", codec}}); });
  CHECK(test::contains(sentence, "fit_codec"));
  CHECK(test::contains(sentence, "needs:"));
  const auto twice = std::vector{fitted().artifact(), fitted().artifact()};
  CHECK(test::contains(test::sentence_of([&] {
                         test::RunningNode(kinds::encode_kind(), {{"codec", codec}}, twice);
                       }),
                       "two fit_codec tasks"));
  auto other = fitted().artifact();
  other.bindings = {{"codec", "mdct_vq"}};
  test::RunningNode(kinds::encode_kind(), {{"codec", codec}}, {other, fitted().artifact()});  // takes its own
}

TEST_CASE("one network for all who ask at once, and none kept when nobody does") {
  const auto& card = codecs::find_card(codec);
  std::vector<std::shared_ptr<const codecs::Codec>> loaded(4);
  std::vector<std::thread> threads;
  for (auto& one : loaded) threads.emplace_back([&] { one = weights::load_codec(card, "cpu", fitted().tables()); });
  for (auto& thread : threads) thread.join();
  for (const auto& one : loaded) CHECK(one == loaded.front());
  const std::weak_ptr<const codecs::Codec> left = loaded.front();
  loaded.clear();
  CHECK(left.expired());
}

TEST_CASE("weights are looked for where the environment says") {
  {
    const test::Environment root("CFO_WEIGHTS", "/somewhere");
    CHECK(weights::weights_root() == "/somewhere");
    CHECK(weights::weight_path(codecs::find_card("Encodec_6b24k").weights.front()) ==
          "/somewhere/encodec/encodec_24khz-d7cc33bc.th");
  }
  const test::Environment none("CFO_WEIGHTS", "");
  const test::Environment cache("XDG_CACHE_HOME", "/cache");
  CHECK(weights::weights_root() == "/cache/cfo/weights");
  const test::Environment no_cache("XDG_CACHE_HOME", "");
  const test::Environment home("HOME", "/home/me");
  CHECK(weights::weights_root() == "/home/me/.cache/cfo/weights");
}

TEST_CASE("a weight file that is not the published one is refused") {
  const test::TemporaryFolder weights;
  const test::Environment root("CFO_WEIGHTS", weights.path().string());
  const auto& card = codecs::find_card("Encodec_6b24k");
  const std::string missing = test::sentence_of([&] { weights::load_codec(card, "cpu"); });
  CHECK(test::contains(missing, "not downloaded: run 'cfo-weights fetch Encodec_6b24k'"));
  CHECK(weights::missing_files(card.weights).size() == 1);
  const std::string absent = weights::weights_fingerprint(card);
  test::write_bytes(weights / "encodec" / "encodec_24khz-d7cc33bc.th", "something else");
  CHECK(weights::missing_files(card.weights).empty());
  CHECK(weights::weights_fingerprint(card) != absent);
  const std::string wrong = test::sentence_of([&] { weights::load_codec(card, "cpu"); });
  CHECK(test::contains(wrong, "encodec_24khz-d7cc33bc.th: not the published weight file"));
  CHECK(test::contains(wrong, "download it again from https://"));
}
