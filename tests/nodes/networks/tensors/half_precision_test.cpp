// Checkpoints in float16 and bfloat16 give working networks: every container's tensors are widened by WeightScope.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "nodes/networks/codecs/make/make_codec.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/record_weights.h"
#include "tests/support/temporary_folder.h"

using namespace cfo;
using test::relative_error;
using test::test_waves;

namespace {

constexpr const char* model = "Encodec_6b24k";

std::unique_ptr<codecs::Codec> codec_of(const TensorMap& weights) {
  return codecs::make_codec(codecs::find_card(model), tensors::WeightScope(weights, "record"));
}

/// The record's weights, rounded to `type`, as a file and back.
TensorMap stored_as(at::ScalarType type) {
  const test::TemporaryFolder folder;
  auto weights = test::record_weights(model);
  for (auto& [name, tensor] : weights) tensor = tensor.to(type);
  storage::write_safetensors(folder / "x.safetensors", weights);
  return storage::read_checkpoint(folder / "x.safetensors");
}

}  // namespace

TEST_CASE("a codec from float16 or bfloat16 weights codes as the float32 one, but for the rounding") {
  const auto wave = test_waves(1, 3200);
  const auto exact = codec_of(test::record_weights(model));
  const auto latent = exact->encode(wave);
  const auto codes = exact->quantize(latent);
  const auto audio = exact->decode(codes);
  for (const auto& [type, tolerance] : {std::pair(at::kHalf, 0.02), std::pair(at::kBFloat16, 0.15)}) {
    CAPTURE(std::string(at::toString(type)));
    const auto weights = stored_as(type);
    REQUIRE((weights.begin()->second.scalar_type() == type));
    const auto rounded = codec_of(weights);
    const auto its_latent = rounded->encode(wave).values;
    CHECK((its_latent.scalar_type() == at::kFloat));
    const double error = relative_error(its_latent, latent.values);
    CHECK(error > 0);  // the weights are the rounded ones
    CHECK(error < tolerance);
    const double audio_error = relative_error(rounded->decode(codes), audio);
    CHECK(audio_error > 0);
    CHECK(audio_error < tolerance);
  }
}

TEST_CASE("float32 weights are used where they lie: a network holds no second copy of them") {
  const tensors::WeightScope scope({{"w", at::arange(6, at::kFloat)}, {"h", at::arange(6).to(at::kHalf)}}, "x");
  const at::Tensor stored = at::arange(6, at::kFloat);
  const tensors::WeightScope same({{"w", stored}}, "x");
  CHECK(same.take("w", {6}).data_ptr() == stored.data_ptr());
  CHECK(at::equal(scope.take("h", {6}), stored));
}
