
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"
#include "nodes/networks/codecs/make/make_codec.h"
#include "tests/support/record_weights.h"

using namespace cfo;
using codecs::find_card;
using test::record_weights;
using test::relative_error;
using test::test_waves;

namespace {

std::unique_ptr<codecs::Codec> make(const std::string& name) {
  return codecs::make_codec(find_card(name), tensors::WeightScope(record_weights(name), "record"));
}

}  // namespace

TEST_CASE("EnCodec codes an utterance of any length and gives it back in that length") {
  const auto codec = make("Encodec_6b24k");
  for (const int64_t samples : {1, 5, 7, 319, 320, 321, 641, 3200}) {
    CAPTURE(samples);
    const auto latent = codec->encode(test_waves(1, samples));
    CHECK(latent.values.sizes() == at::IntArrayRef({1, 128, (samples + 319) / 320}));
    const auto codes = codec->quantize(latent);
    CHECK(codes.streams.front().sizes() == at::IntArrayRef({1, 8, (samples + 319) / 320}));
    const auto wave = codec->decode(codes);
    CHECK(wave.sizes() == at::IntArrayRef({1, 1, samples}));
    CHECK(wave.isfinite().all().item<bool>());
  }
}

TEST_CASE("EnCodec gives each utterance of a batch what it gives it alone") {
  const auto codec = make("Encodec_6b24k");
  const auto waves = test_waves(2, 4001);
  const auto latents = codec->encode(waves);
  const auto codes = codec->quantize(latents);
  const auto audio = codec->decode(codes);
  for (int64_t b = 0; b < 2; ++b) {
    const auto latent = codec->encode(waves.narrow(0, b, 1));
    CHECK(relative_error(latents.values.narrow(0, b, 1), latent.values) < 1e-5);
    const auto alone = codec->quantize({latents.values.narrow(0, b, 1), 4001, {}});
    CHECK(at::equal(codes.streams.front().narrow(0, b, 1), alone.streams.front()));
    CHECK(relative_error(audio.narrow(0, b, 1), codec->decode(alone)) < 1e-5);
  }
}

TEST_CASE("the 6 kbps codes are the first of the 24 kbps codes: one file serves every bit rate") {
  auto card = find_card("Encodec_6b24k");
  const tensors::WeightScope weights(record_weights("Encodec_24b24k"), "record");
  const auto many = codecs::make_codec(find_card("Encodec_24b24k"), weights);
  const auto few = codecs::make_codec(card, weights);
  const auto latent = many->encode(test_waves(1, 3200));
  const auto codes = many->quantize(latent).streams.front();
  CHECK(codes.size(1) == 32);
  CHECK(at::equal(few->quantize(latent).streams.front(), codes.narrow(1, 0, 8)));
}

TEST_CASE("EnCodec takes every tensor that inference needs, and no more") {
  const tensors::WeightScope weights(record_weights("Encodec_24b24k"), "record");
  const auto codec = codecs::make_codec(find_card("Encodec_24b24k"), weights);
  for (const auto& name : weights.unused()) {
    CAPTURE(name);
    const bool training_state = name.find("inited") != std::string::npos ||
                                name.find("cluster_size") != std::string::npos ||
                                name.find("embed_avg") != std::string::npos;
    CHECK(training_state);
  }
}

TEST_CASE("a checkpoint of another model is refused with the tensor that is missing or misshapen") {
  auto tensors = record_weights("Encodec_6b24k");
  tensors.erase("encoder.model.13.lstm.bias_hh_l1");
  CHECK_THROWS_WITH_AS(codecs::make_codec(find_card("Encodec_6b24k"), tensors::WeightScope(tensors, "other.th")),
                       doctest::Contains("other.th: there is no tensor 'encoder.model.13.lstm.bias_hh_l1'"), Error);
  tensors = record_weights("Encodec_6b24k");
  tensors["decoder.model.3.convtr.convtr.weight_v"] = at::zeros({512, 256, 8});
  CHECK_THROWS_WITH_AS(codecs::make_codec(find_card("Encodec_6b24k"), tensors::WeightScope(tensors, "other.th")),
                       doctest::Contains("has shape [512, 256, 8] where [512, 256, 16] is needed"), Error);
}

TEST_CASE("audio and codes of the wrong kind are refused") {
  const auto codec = make("Encodec_6b24k");
  CHECK_THROWS_WITH_AS(codec->encode(at::zeros({100})), doctest::Contains("takes audio as float32 [B, 1, T]"), Error);
  CHECK_THROWS_AS(codec->encode(at::zeros({1, 2, 100})), Error);
  CHECK_THROWS_AS(codec->encode(at::zeros({1, 1, 100}, at::kShort)), Error);
  CHECK_THROWS_AS(codec->encode(at::zeros({1, 1, 0})), Error);
  CHECK_THROWS_WITH_AS(codec->decode({{at::full({1, 8, 3}, 1024, at::kLong)}, 960, {}}),
                       doctest::Contains("outside 0..1023"), Error);
  CHECK_THROWS_AS(codec->decode({{}, 960, {}}), Error);
}
