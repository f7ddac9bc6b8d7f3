#include "nodes/networks/codecs/hilcodec/hilcodec.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"
#include "nodes/networks/codecs/hilcodec/dft_kernel.h"
#include "nodes/networks/codecs/make/make_codec.h"
#include "tests/support/record_weights.h"

using namespace cfo;
using test::record_weights;
using test::relative_error;
using test::test_waves;

namespace {

std::unique_ptr<codecs::Codec> make(TensorMap tensors) {
  return codecs::make_codec(codecs::find_card("hilcodec_speech"), tensors::WeightScope(std::move(tensors), "record"));
}

}  // namespace

TEST_CASE("HILCodec cuts an utterance to whole frames, as its official inference does") {
  const auto codec = make(record_weights("hilcodec_speech"));
  for (const int64_t samples : {320, 321, 639, 640, 3205}) {
    CAPTURE(samples);
    const auto latent = codec->encode(test_waves(1, samples));
    CHECK(latent.values.sizes() == at::IntArrayRef({1, 128, samples / 320}));
    const auto wave = codec->decode(codec->quantize(latent));
    CHECK(wave.sizes() == at::IntArrayRef({1, 1, samples / 320 * 320}));
    CHECK(wave.abs().max().item<double>() <= 1);
  }
  CHECK_THROWS_WITH_AS(codec->encode(test_waves(1, 319)), doctest::Contains("needs at least 320 samples"), Error);
}

TEST_CASE("HILCodec's latent frames have norm sqrt(128), and louder than full scale is clamped") {
  const auto codec = make(record_weights("hilcodec_speech"));
  const auto wave = test_waves(1, 1600) * 4;
  const auto latent = codec->encode(wave).values;
  CHECK(at::allclose(latent.norm(2, 1), at::full({1, 5}, std::sqrt(128.0))));
  CHECK(at::equal(latent, codec->encode(wave.clamp(-1, 1)).values));
}

TEST_CASE("HILCodec gives each utterance of a batch what it gives it alone") {
  const auto codec = make(record_weights("hilcodec_speech"));
  const auto waves = test_waves(2, 3200);
  const auto latents = codec->encode(waves);
  const auto codes = codec->quantize(latents);
  const auto audio = codec->decode(codes);
  for (int64_t b = 0; b < 2; ++b) {
    CHECK(relative_error(latents.values.narrow(0, b, 1), codec->encode(waves.narrow(0, b, 1)).values) < 1e-5);
    const auto alone = codec->quantize({latents.values.narrow(0, b, 1), 3200, {}});
    CHECK(at::equal(codes.streams.front().narrow(0, b, 1), alone.streams.front()));
    CHECK(relative_error(audio.narrow(0, b, 1), codec->decode(alone)) < 1e-5);
  }
}

TEST_CASE("spectrum kernels come from the checkpoint where it holds them") {
  auto tensors = record_weights("hilcodec_speech");
  const auto wave = test_waves(1, 1600);
  const auto built = make(tensors)->encode(wave).values;
  const auto names = {std::pair{"encoder.spec_blocks.0", 64},
                      {"encoder.spec_blocks.1", 128},
                      {"encoder.spec_blocks.2", 256},
                      {"encoder.spec_blocks.3", 512},
                      {"encoder.spec_post", 1024}};
  for (const auto& [name, n_fft] : names)
    tensors[std::string(name) + ".spec.weight"] = codecs::float32_dft_kernel(n_fft);
  CHECK(at::equal(make(tensors)->encode(wave).values, built));
  tensors["encoder.spec_post.spec.weight"] *= 2;
  CHECK_FALSE(at::allclose(make(tensors)->encode(wave).values, built, 1e-3, 1e-3));
}

TEST_CASE("HILCodec takes every tensor that inference needs, and no more") {
  const tensors::WeightScope weights(record_weights("hilcodec_speech"), "record");
  const auto codec = codecs::make_codec(codecs::find_card("hilcodec_speech"), weights);
  for (const auto& name : weights.unused()) {
    CAPTURE(name);
    CHECK(name.find(".ema_") != std::string::npos);
  }
}
