// What every codec of the zoo keeps to, whatever its family. Each model is built from the weights of its compact golden
// record.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <filesystem>

#include "base/error.h"
#include "nodes/networks/codecs/block_codec.h"
#include "nodes/networks/codecs/make/make_codec.h"
#include "tests/support/record_weights.h"
#include "tests/support/recorded_card.h"

using namespace cfo;
using test::record_weights;
using test::relative_error;
using test::test_waves;

namespace {

/// One model a family: the others differ in numbers only.
std::vector<std::string> models() {
  std::map<std::string, std::string> one_a_family;
  for (const auto& card : codecs::all_cards()) {
    const auto record = std::filesystem::path(CFO_SOURCE_DIR) / "tests" / "golden" / card.name;
    if (card.backend == "native" && std::filesystem::exists(record / "golden.h5"))
      one_a_family.emplace(card.family, card.name);
  }
  std::vector<std::string> names;
  for (const auto& [family, name] : one_a_family) names.push_back(name);
  return names;
}

at::Tensor row(const at::Tensor& tensor, int64_t b) { return tensor.narrow(0, b, 1); }

codecs::Latent row(const codecs::Latent& latent, int64_t b) {
  codecs::Latent one = {row(latent.values, b), latent.samples, {}};
  for (const auto& [name, tensor] : latent.extras) one.extras.emplace(name, row(tensor, b));
  return one;
}

/// Utterances of one length, run together, against each run alone. The seeds belong to the utterances.
void check_batch(const codecs::Codec& codec, int64_t samples) {
  constexpr double tolerance = 1e-4;
  constexpr int64_t batch = 3;
  const std::vector<uint64_t> seeds = {11, 12, 13};
  const auto waves = test_waves(batch, samples);
  const auto latents = codec.encode(waves);
  auto codes = codec.quantize(latents);
  codes.seeds = seeds;
  const auto audio = codec.decode(codes);
  REQUIRE(audio.size(0) == batch);
  CHECK(audio.isfinite().all().item<bool>());
  for (int64_t b = 0; b < batch; ++b) {
    CAPTURE(b);
    CHECK(relative_error(row(latents.values, b), codec.encode(row(waves, b)).values) < tolerance);
    auto alone = codec.quantize(row(latents, b));
    REQUIRE(alone.streams.size() == codes.streams.size());
    for (std::size_t s = 0; s < codes.streams.size(); ++s) CHECK(at::equal(row(codes.streams[s], b), alone.streams[s]));
    for (const auto& [name, tensor] : codes.extras) {
      CAPTURE(name);
      CHECK(relative_error(row(tensor, b).to(at::kFloat), alone.extras.at(name).to(at::kFloat)) < tolerance);
    }
    alone.seeds = {seeds[static_cast<std::size_t>(b)]};
    CHECK(relative_error(row(audio, b), codec.decode(alone)) < tolerance);
  }
}

/// The card's codebooks, counted over the streams of frames; a stream of one frame (TiCodec's) is the whole
/// utterance's.
bool has_all_codebooks(const codecs::Card& card, const codecs::Codes& codes) {
  int64_t books = 0;
  for (const auto& stream : codes.streams) books += stream.size(2) > 1 ? stream.size(1) : 0;
  return books == card.codebooks;
}

}  // namespace

TEST_CASE("every utterance of a batch gets what it gets alone") {
  for (const auto& name : models()) {
    CAPTURE(name);
    const auto card = test::recorded_card(name);
    const auto codec = codecs::make_codec(card, tensors::WeightScope(record_weights(name), "record"));
    check_batch(*codec, card.sample_rate / 4 + 137);
  }
}

TEST_CASE("a long utterance in blocks is what it is whole, where a codec is convolutional") {
  int convolutional = 0;
  for (const auto& name : models()) {
    CAPTURE(name);
    const auto card = test::recorded_card(name);
    const tensors::WeightScope weights(record_weights(name), "record");
    const auto whole = codecs::make_codec(card, weights);
    if (!whole->is_convolutional()) continue;
    ++convolutional;
    const auto reach = codecs::measure_reach(*whole, at::kCPU);
    REQUIRE(reach);
    MESSAGE(name << " sees " << reach->before << " samples back and " << reach->after << " ahead; its decoder "
                 << reach->frames_before << " and " << reach->frames_after << " frames of " << card.hop);
    const auto blocks = codecs::in_blocks(codecs::make_codec(card, weights), at::kCPU, 0.7, reach);
    CHECK(blocks->bounds_memory());
    for (const int64_t samples : {card.sample_rate * 5 / 2 + 137, card.sample_rate / 2}) {
      CAPTURE(samples);
      const auto wave = test_waves(1, samples);
      const auto latent = whole->encode(wave), latent_of_blocks = blocks->encode(wave);
      CHECK(latent_of_blocks.samples == samples);
      CHECK(relative_error(latent_of_blocks.values, latent.values) < 1e-5);
      const auto codes = whole->quantize(latent), codes_of_blocks = blocks->quantize(latent);
      for (std::size_t s = 0; s < codes.streams.size(); ++s)
        CHECK(at::equal(codes_of_blocks.streams[s], codes.streams[s]));
      CHECK(relative_error(blocks->decode(codes), whole->decode(codes)) < 1e-5);
    }
  }
  CHECK(convolutional >= 5);
}

TEST_CASE("codes are what the card says, and any length comes back finite in about its length") {
  for (const auto& name : models()) {
    CAPTURE(name);
    const auto card = test::recorded_card(name);
    const auto codec = codecs::make_codec(card, tensors::WeightScope(record_weights(name), "record"));
    for (const int64_t samples : {card.sample_rate / 5, card.sample_rate / 5 + 1, card.hop * 9 - 1}) {
      CAPTURE(samples);
      const auto codes = codec->quantize(codec->encode(test_waves(1, samples)));
      CHECK(has_all_codebooks(card, codes));
      for (const auto& stream : codes.streams) CHECK(stream.max().item<int64_t>() < card.codebook_size);
      const auto wave = codec->decode(codes);
      CHECK(wave.isfinite().all().item<bool>());
      CHECK(std::abs(wave.size(2) - samples) <= 8 * card.hop);
    }
  }
}

TEST_CASE("too short an utterance gives a sentence or audio, never a crash") {
  for (const auto& name : models()) {
    CAPTURE(name);
    const auto codec =
        codecs::make_codec(test::recorded_card(name), tensors::WeightScope(record_weights(name), "record"));
    for (const int64_t samples : {1, 2, 7, 100}) {
      CAPTURE(samples);
      try {
        const auto wave = codec->decode(codec->quantize(codec->encode(test_waves(1, samples))));
        CHECK(wave.isfinite().all().item<bool>());
      } catch (const Error& error) {
        CHECK(std::string(error.what()).find(name) != std::string::npos);
      }
    }
  }
}

TEST_CASE("a checkpoint lacks nothing that goes unsaid: the card names every tensor that inference leaves out") {
  for (const auto& name : models()) {
    CAPTURE(name);
    const auto card = test::recorded_card(name);
    const tensors::WeightScope weights(record_weights(name), "record");
    const auto codec = codecs::make_codec(card, weights);
    for (const auto& tensor : weights.unused()) {
      CAPTURE(tensor);
      CHECK(codecs::is_unused(card, tensor));
    }
  }
}

TEST_CASE("a missing and a misshapen tensor are one clear sentence each") {
  for (const auto& name : models()) {
    CAPTURE(name);
    const auto card = test::recorded_card(name);
    const auto tensors = record_weights(name);
    std::string victim;
    for (const auto& [tensor, value] : tensors) {
      if (!codecs::is_unused(card, tensor)) victim = tensor;
    }
    auto without = tensors;
    without.erase(victim);
    try {
      codecs::make_codec(card, tensors::WeightScope(without, "cut.pt"));
      FAIL_CHECK("built without " << victim);
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find("cut.pt: there is no tensor '") == 0);
    }
    auto bent = tensors;
    bent[victim] = at::zeros({3, 5, 7, 11});
    CHECK_THROWS_WITH_AS(codecs::make_codec(card, tensors::WeightScope(bent, "bent.pt")),
                         doctest::Contains(("bent.pt: tensor '" + victim + "' has shape [3, 5, 7, 11]").c_str()),
                         Error);
  }
}
