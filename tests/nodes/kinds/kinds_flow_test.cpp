// resample, measure_snr and write_shards on items made here.
#include <ATen/ATen.h>

#include "engine/graph/graph.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/register.h"
#include "nodes/kinds/shared/fields.h"
#include "nodes/networks/codecs/codec.h"
#include "nodes/weights/store.h"
#include "storage/shards/shard.h"
#include "tests/support/kind_support.h"

using namespace cfo;

namespace {

engine::Item spoken(const std::string& id, storage::Audio audio, storage::Label label = storage::Label::bona_fide) {
  engine::Item item;
  item.id = id;
  item.seconds = audio.seconds();
  item.set(kinds::fields::audio, std::move(audio));
  item.set(kinds::fields::speaker, id.substr(0, id.find('_')));
  item.set(kinds::fields::label, label);
  return item;
}

engine::Value rate(int64_t hertz) { return engine::Value(hertz); }

}  // namespace

TEST_CASE("resample goes to a rate or to the codec's, and leaves other fields alone") {
  test::RunningNode to_16k(kinds::resample_kind(), {{"rate", rate(16000)}});
  const auto item = to_16k(spoken("p1_1", test::voice_audio(0.5, 48000, 120)));
  CHECK(item.get(kinds::fields::audio).sample_rate == 16000);
  CHECK(item.get(kinds::fields::audio).samples.size() == 8000);
  CHECK(item.get(kinds::fields::speaker) == "p1");
  test::RunningNode to_codec(kinds::resample_kind(),
                             {{"rate", std::string("codec")}, {"codec", std::string("Encodec_6b24k")}});
  CHECK(to_codec(item).get(kinds::fields::audio).sample_rate == 24000);
  CHECK(test::contains(test::sentence_of([&] { to_16k(spoken("p1_1", {.samples = {}, .sample_rate = 48000})); }),
                       "empty"));
}

TEST_CASE("resample to the codec's rate must know the codec") {
  const auto kind = kinds::resample_kind();
  const auto none = kind.check(test::parameters_of(kind, {{"rate", std::string("codec")}}));
  REQUIRE(none.size() == 1);
  CHECK(test::contains(none.front(), "rate: codec needs a codec"));
  const auto typo =
      kind.check(test::parameters_of(kind, {{"rate", std::string("codec")}, {"codec", std::string("Encodec_6b25k")}}));
  REQUIRE(typo.size() == 1);
  CHECK(test::contains(typo.front(), "did you mean 'Encodec_6b24k'"));
}

TEST_CASE("measure_snr compares what both have") {
  test::RunningNode measure(kinds::measure_snr_kind(), {});
  const auto reference = test::voice_audio(0.5, 16000, 120);
  auto halved = reference;
  for (auto& sample : halved.samples) sample *= 0.9F;
  halved.samples.resize(halved.samples.size() - 100);
  const auto item = measure(spoken("p1_1", halved), spoken("p1_1", reference));
  CHECK(item.get(kinds::fields::snr_db).value == doctest::Approx(20).epsilon(1e-4));  // error is a tenth
  CHECK(item.get(kinds::fields::audio).samples.size() == halved.samples.size());
  const std::string other_rate =
      test::sentence_of([&] { measure(spoken("p1_1", test::voice_audio(0.5, 8000, 120)), spoken("p1_1", reference)); });
  CHECK(test::contains(other_rate, "8000 Hz and the reference at 16000 Hz"));
}

TEST_CASE("write_shards stores audio, labels, codes, measures and where they come from") {
  const test::TemporaryFolder folder;
  const auto file = folder / "00000.h5", tables = folder / "mdct_vq.tables.safetensors";
  test::write_bytes(tables, "what these tables hold does not matter here");
  auto first = spoken("p1_1", test::voice_audio(0.5, 16000, 120));
  first.set(kinds::fields::codes,
            codecs::Codes{.streams = {at::arange(12, at::kLong).view({1, 3, 4})}, .samples = 8000, .extras = {}});
  first.set(kinds::fields::snr_db, {12.5});
  auto second = spoken("p2_7", {.samples = {0.0F, 2.0F, -2.0F, 0.5F}, .sample_rate = 16000});
  second.set(kinds::fields::codes,
             codecs::Codes{.streams = {at::full({1, 3, 2}, 7, at::kLong)}, .samples = 4, .extras = {}});
  second.set(kinds::fields::snr_db, {-1.0});
  {
    test::RunningNode write(
        kinds::write_shards_kind(),
        {{"codec", std::string("mdct_vq")},
         {"split", std::string("train")},
         {"measures", std::vector<std::string>{"snr_db"}}},
        {{.node = "tables", .kind = "fit_codec", .bindings = {{"codec", "mdct_vq"}}, .files = {tables}}}, {file});
    write(first);
    write(second);
    write.finish();
  }
  const storage::ShardReader shard(file);
  CHECK(shard.utterance_ids() == std::vector<std::string>{"p1_1", "p2_7"});
  CHECK(shard.speaker_ids() == std::vector<std::string>{"p1", "p2"});
  CHECK((shard.labels() == std::vector<storage::Label>{storage::Label::spoof, storage::Label::spoof}));
  CHECK(shard.audio(0) == storage::to_pcm16(first.get(kinds::fields::audio).samples).samples);
  CHECK(shard.audio(1) == std::vector<int16_t>{0, 32767, -32768, 16384});
  CHECK(shard.measures().at("snr_db") == std::vector<double>{12.5, -1});
  CHECK(shard.measures().at("clipped") == std::vector<double>{0, 2});
  REQUIRE(shard.codes(0).size() == 1);
  CHECK(shard.codes(0)[0].codebooks == 3);
  CHECK(shard.codes(0)[0].values == std::vector<int32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(shard.codes(1)[0].frames == 2);
  const auto& attributes = shard.attributes();
  CHECK(attributes.codec == "mdct_vq");
  CHECK(attributes.family == "mdct_vq");
  CHECK(attributes.quantizer == "SVQ");
  CHECK(attributes.decoder == "Freq");
  CHECK(attributes.split == "train");
  CHECK(attributes.sample_rate == 16000);
  CHECK(attributes.codec_sample_rate == codecs::find_card("mdct_vq").sample_rate);
  CHECK(attributes.weights_digest == weights::weights_digest(codecs::find_card("mdct_vq"), tables));
  CHECK(attributes.graph_digest == "graph");
  CHECK(attributes.corpus_digest == "source");
}

TEST_CASE("bona fide speech is labelled so, and nothing else passes for it") {
  const test::TemporaryFolder folder;
  const auto file = folder / "00000.h5";
  test::RunningNode write(kinds::write_shards_kind(),
                          {{"codec", std::string("bonafide")}, {"split", std::string("eval")}}, {}, {file});
  write(spoken("p1_1", test::voice_audio(0.2, 16000, 120)));
  const std::string spoofed =
      test::sentence_of([&] { write(spoken("p1_2", test::voice_audio(0.2, 16000, 120), storage::Label::spoof)); });
  CHECK(test::contains(spoofed, "cannot be stored as bona fide"));
  const std::string rate = test::sentence_of([&] { write(spoken("p1_3", test::voice_audio(0.2, 24000, 120))); });
  CHECK(test::contains(rate, "24000 Hz, but the shard holds 16000 Hz"));
  const std::string empty = test::sentence_of([&] { write(spoken("p1_4", {.samples = {}, .sample_rate = 16000})); });
  CHECK(test::contains(empty, "empty"));
  write.finish();
  const storage::ShardReader shard(file);
  CHECK(shard.utterance_ids() == std::vector<std::string>{"p1_1"});
  CHECK((shard.labels().front() == storage::Label::bona_fide));
  CHECK(shard.attributes().codec == "bonafide");
  CHECK(shard.attributes().weights_digest.empty());
}

TEST_CASE("what a generator said of bona fide text is spoofed, all of it, and needs no card") {
  const test::TemporaryFolder folder;
  const auto kind = kinds::write_shards_kind();
  const test::Values values = {
      {"codec", std::string("maskgct")}, {"split", std::string("train")}, {"labels", std::string("spoof")}};
  CHECK(kind.check(test::parameters_of(kind, values)).empty());
  const auto file = folder / "set.h5";
  test::RunningNode write(kind, values, {}, {file});
  write(spoken("p1_1", test::voice_audio(0.2, 16000, 120)));
  write.finish();
  CHECK((storage::ShardReader(file).labels() == std::vector<storage::Label>{storage::Label::spoof}));
}

TEST_CASE("a set of generated speech keeps the labels of its corpus and needs no card") {
  const test::TemporaryFolder folder;
  const auto file = folder / "00000.h5";
  const test::Values values = {
      {"codec", std::string("GPST")}, {"split", std::string("eval")}, {"labels", std::string("corpus")}};
  const auto kind = kinds::write_shards_kind();
  CHECK(kind.check(test::parameters_of(kind, values)).empty());
  CHECK(kind.check(test::parameters_of(kind, {{"codec", std::string("GPST")}})).size() == 1);
  const auto unnamed =
      kind.check(test::parameters_of(kind, {{"codec", std::string("bonafide")}, {"labels", std::string("corpus")}}));
  REQUIRE(unnamed.size() == 1);
  CHECK(test::contains(unnamed.front(), "needs the set's own name"));
  test::RunningNode write(kind, values, {}, {file});
  write(spoken("GPST__1", test::voice_audio(0.2, 16000, 120)));
  write(spoken("GPST__2", test::voice_audio(0.2, 16000, 140), storage::Label::spoof));
  write.finish();
  const storage::ShardReader shard(file);
  CHECK((shard.labels() == std::vector<storage::Label>{storage::Label::bona_fide, storage::Label::spoof}));
  CHECK(shard.attributes().codec == "GPST");
  CHECK(shard.attributes().quantizer.empty());
}

namespace {

/// What reading the graph says of `measures: WHAT` of write_shards after `before`, with the corpus of this repository.
std::string problems_with(const std::string& before, const std::string& measures) {
  const test::TemporaryFolder folder;
  test::write_bytes(folder / "g.yaml",
                    "name: g\nnodes:\n  speech: {kind: load_corpus, root: " + folder.path().string() + "}\n" + before +
                        "  out: {kind: write_shards, from: last, codec: bonafide, split: train,\n    "
                        "measures: " +
                        measures + "}\n");
  const auto registry = kinds::make_registry();
  return test::sentence_of([&] { engine::read_graph(folder / "g.yaml", registry); });
}

const std::string unmeasured = "  last: {kind: resample, from: speech, rate: 16000}\n";
const std::string measured =
    "  slow: {kind: resample, from: speech, rate: 16000}\n  last: {kind: measure_snr, from: [slow, slow]}\n";

}  // namespace

TEST_CASE("a measure that no node makes is a mistake in the graph, at the parameter that names it") {
  CHECK(test::contains(problems_with(unmeasured, "[snr_db]"),
                       "g.yaml:6:15: node 'out': reads 'snr_db', but 'last' gives only: audio, label, speaker; a node "
                       "of kind measure_snr writes it"));
  CHECK(problems_with(measured, "[snr_db]") == "");
}

TEST_CASE("a field that is no measure cannot be stored as one") {
  CHECK(test::contains(problems_with(measured, "[snr_db, speaker]"),
                       "g.yaml:7:15: node 'out': reads 'speaker' as a measure, as a number, but 'last' gives it as who "
                       "speaks, as text"));
}

TEST_CASE("a node that touches a field that its kind does not declare is caught by these tests") {
  using engine::Work;
  constexpr engine::Field<double> known{"known", "a number"}, secret{"secret", "another number"};
  const auto run = [&](const std::function<void(Work&)>& body) {
    struct Body : engine::Node {
      std::function<void(Work&)> body;
      void process(std::span<Work> batch) override {
        for (auto& work : batch) body(work);
      }
    };
    engine::Kind kind{.name = "sly", .summary = "does more than it says"};
    kind.ports = {{.name = "in", .reads = {known}}};
    kind.make = [&](const engine::NodeContext&) {
      auto node = std::make_unique<Body>();
      node->body = body;
      return node;
    };
    engine::Item item;
    item.set(known, 1);
    item.set(secret, 2);
    test::RunningNode node(kind, {});
    node(item);
  };
  CHECK_NOTHROW(run([&](Work& work) { work.inputs[0]->get(known); }));
  CHECK_THROWS_AS(run([&](Work& work) { work.inputs[0]->get(secret); }), std::logic_error);
  CHECK_THROWS_AS(run([&](Work& work) { work.output.get(secret); }), std::logic_error);
  CHECK_THROWS_AS(run([&](Work& work) { work.output.set(secret, 3); }), std::logic_error);
  CHECK_THROWS_AS(run([&](Work& work) { work.output.set(known, 3); }), std::logic_error);
  CHECK_THROWS_AS(run([&](Work& work) { work.output.drop(known); }), std::logic_error);
}
