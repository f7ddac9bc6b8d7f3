#include "storage/shards/shard.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "tests/support/speech_like.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

std::vector<ShardUtterance> utterances(int count) {
  std::vector<ShardUtterance> made;
  for (int i = 0; i < count; ++i) made.push_back(utterance(i));
  return made;
}

void check_equal(const ShardReader& shard, std::size_t index, const ShardUtterance& expected) {
  CAPTURE(index);
  CHECK(shard.utterance_ids()[index] == expected.utterance_id);
  CHECK(shard.speaker_ids()[index] == expected.speaker_id);
  CHECK(shard.labels()[index] == expected.label);
  CHECK(shard.audio(index) == expected.audio);
  CHECK(shard.durations()[index] == static_cast<double>(expected.audio.size()) / 16000);
  const auto codes = shard.codes(index);
  REQUIRE(codes.size() == expected.codes.size());
  for (std::size_t stream = 0; stream < codes.size(); ++stream) {
    CHECK(codes[stream].codebooks == expected.codes[stream].codebooks);
    CHECK(codes[stream].frames == expected.codes[stream].frames);
    CHECK(codes[stream].values == expected.codes[stream].values);
  }
}

}  // namespace

TEST_CASE("a shard gives back what was put in, in any order") {
  const TemporaryFolder folder;
  const auto expected = utterances(12);  // beyond several chunks of audio
  write_shard(folder / "00000.h5", encodec_attributes(), expected);
  const ShardReader shard(folder / "00000.h5");
  REQUIRE(shard.size() == expected.size());
  for (std::size_t i = expected.size(); i-- > 0;) check_equal(shard, i, expected[i]);
  const auto attributes = shard.attributes();
  CHECK(attributes.codec == "Encodec_6b24k");
  CHECK(attributes.family == "encodec");
  CHECK(attributes.quantizer == "MVQ");
  CHECK(attributes.auxiliary == "None");
  CHECK(attributes.decoder == "Time");
  CHECK(attributes.split == "train");
  CHECK(attributes.sample_rate == 16000);
  CHECK(attributes.codec_sample_rate == 24000);
  CHECK(attributes.graph_digest == "g");
  CHECK(attributes.weights_digest == "w");
  CHECK(attributes.corpus_digest == "c");
  CHECK(attributes.engine_version == "1.2.3");
  const auto measures = shard.measures();
  REQUIRE(measures.size() == 1);
  REQUIRE(measures.at("snr_db").size() == expected.size());
  CHECK(measures.at("snr_db")[11] == 21.5);
}

TEST_CASE("a shard may note which weights a measure was made with") {
  const TemporaryFolder folder;
  ShardWriter writer(folder / "x.h5", {});
  writer.add(utterance(1, 500));
  writer.note_weights("utmos", "abc");
  writer.finish();
  const ShardReader shard(folder / "x.h5");
  CHECK(shard.weights_of("utmos") == "abc");
  CHECK(shard.weights_of("snr_db").empty());
}

TEST_CASE("the same calls give the same bytes, whenever and wherever they are made") {
  const TemporaryFolder folder;
  const auto made = utterances(5);
  write_shard(folder / "a.h5", encodec_attributes(), made);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // a time stamp of whole seconds would differ
  ShardWriter beside(folder / "beside.h5", {});                  // HDF5 has other things in its caches
  ShardWriter writer(folder / "b.h5", encodec_attributes());
  for (const auto& one : made) {
    writer.add(one);
    beside.add(utterance(7, 5000));
  }
  writer.finish();
  CHECK(fs::file_size(folder / "a.h5") > 100000);
  CHECK((bytes_of(folder / "a.h5") == bytes_of(folder / "b.h5")));
}

TEST_CASE("bona fide shards have no codes, and measures may be missing for some") {
  const TemporaryFolder folder;
  ShardUtterance plain;
  plain.utterance_id = "p225_001";
  plain.speaker_id = "p225";
  plain.label = Label::bona_fide;
  plain.audio = {1, -2, 3};
  ShardUtterance measured = plain;
  measured.utterance_id = "p225_002";
  measured.measures = {{"clipped", 4}};
  write_shard(folder / "x.h5", {}, {plain, measured, plain});
  const ShardReader shard(folder / "x.h5");
  REQUIRE(shard.size() == 3);
  check_equal(shard, 0, plain);
  check_equal(shard, 1, measured);
  CHECK(shard.codes(2).empty());
  const auto clipped = shard.measures().at("clipped");
  CHECK(std::isnan(clipped[0]));
  CHECK(clipped[1] == 4);
  CHECK(std::isnan(clipped[2]));
}

TEST_CASE("codes may begin after utterances without any") {
  const TemporaryFolder folder;
  ShardUtterance without = utterance(0);
  without.codes.clear();
  write_shard(folder / "x.h5", encodec_attributes(), {without, utterance(1), without, utterance(2)});
  const ShardReader shard(folder / "x.h5");
  check_equal(shard, 0, without);
  check_equal(shard, 1, utterance(1));
  check_equal(shard, 2, without);
  check_equal(shard, 3, utterance(2));
}

TEST_CASE("a shard without utterances is a shard") {
  const TemporaryFolder folder;
  write_shard(folder / "x.h5", encodec_attributes(), {});
  const ShardReader shard(folder / "x.h5");
  CHECK(shard.size() == 0);
  CHECK(shard.measures().empty());
  CHECK(has(sentence_of([&] { shard.audio(0); }), "x.h5: utterance 0 was asked for, but there are 0"));
}

TEST_CASE("names are UTF-8 of any length") {
  const TemporaryFolder folder;
  ShardUtterance named = utterance(0);
  named.utterance_id = "s5_élan_" + std::string(300, 'x');
  named.speaker_id = "日本";
  write_shard(folder / "x.h5", encodec_attributes(), {utterance(1), named});
  const ShardReader shard(folder / "x.h5");
  CHECK(shard.utterance_ids()[0] == "p225_101");
  CHECK(shard.utterance_ids()[1] == named.utterance_id);
  CHECK(shard.speaker_ids()[1] == "日本");
}

TEST_CASE("what does not fit a shard is refused with a sentence") {
  const TemporaryFolder folder;
  ShardWriter writer(folder / "x.h5", encodec_attributes());
  writer.add(utterance(0));
  ShardUtterance nameless = utterance(1);
  nameless.utterance_id.clear();
  CHECK(has(sentence_of([&] { writer.add(nameless); }), "x.h5: an utterance without a name"));
  ShardUtterance odd = utterance(1);
  odd.codes[0].frames = 4;
  CHECK(has(sentence_of([&] { writer.add(odd); }),
            "codes of 'p225_101' are said to be 2 codebooks x 4 frames, but there are 12 values"));
  ShardUtterance other = utterance(1);
  other.codes.pop_back();
  CHECK(has(sentence_of([&] { writer.add(other); }), "codes of 'p225_101' have other streams or codebooks"));
  ShardUtterance misnamed = utterance(1);
  misnamed.measures = {{"a/b", 1}};
  CHECK(has(sentence_of([&] { writer.add(misnamed); }), "'a/b' cannot be the name of a measure"));
  writer.add(utterance(2));
  writer.finish();
  const ShardReader shard(folder / "x.h5");
  REQUIRE(shard.size() == 2);  // what was refused left no trace
  check_equal(shard, 1, utterance(2));
}

TEST_CASE("a folder that is not there is told") {
  const TemporaryFolder folder;
  CHECK(has(sentence_of([&] { ShardWriter writer(folder / "none" / "x.h5", {}); }),
            "x.h5: cannot be written (No such file or directory)"));
}

TEST_CASE("shards are written and read by many threads at once") {
  const TemporaryFolder folder;
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      const fs::path file = folder / (std::to_string(t) + ".h5");
      for (int round = 0; round < 3; ++round) {
        write_shard(file, encodec_attributes(), {utterance(t), utterance(t + round)});
        const ShardReader shard(file);
        if (shard.audio(1) == utterance(t + round).audio && shard.codes(0)[1].values == utterance(t).codes[1].values)
          ++good;
        if (sentence_of([&] { ShardReader missing(folder / "none.h5"); }) !=
            (folder / "none.h5").string() + ": no such file")
          good = -100;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(good == 18);
}

TEST_CASE("a writer that is given up leaves a file that readers refuse") {
  const TemporaryFolder folder;
  {
    ShardWriter writer(folder / "x.h5", encodec_attributes());
    for (int i = 0; i < 20; ++i) writer.add(utterance(i));
  }
  CHECK(has(sentence_of([&] { ShardReader shard(folder / "x.h5"); }), "x.h5: "));
}

TEST_CASE("embeddings come back, and equal ones have equal bytes") {
  const TemporaryFolder folder;
  Embeddings embeddings{
      {"p225_001", "p225_002"}, {"bonafide", "DAC24"}, {Label::bona_fide, Label::spoof}, 3, {1, 2, 3, -4, 5.5F, 6}};
  write_embeddings(folder / "e.h5", embeddings);
  const Embeddings back = read_embeddings(folder / "e.h5");
  CHECK(back.utterance_ids == embeddings.utterance_ids);
  CHECK(back.codecs == embeddings.codecs);
  CHECK((back.labels == embeddings.labels));
  CHECK(back.dimension == 3);
  CHECK(back.values == embeddings.values);
  CHECK_FALSE(fs::exists(folder / "e.h5.partial"));
  write_embeddings(folder / "f.h5", embeddings);
  CHECK((bytes_of(folder / "e.h5") == bytes_of(folder / "f.h5")));
  embeddings.codecs.pop_back();
  CHECK(has(sentence_of([&] { write_embeddings(folder / "g.h5", embeddings); }),
            "embeddings do not fit together: 2 utterances, 1 codecs"));
  write_embeddings(folder / "none.h5", {{}, {}, {}, 160, {}});
  CHECK(read_embeddings(folder / "none.h5").dimension == 160);
}
