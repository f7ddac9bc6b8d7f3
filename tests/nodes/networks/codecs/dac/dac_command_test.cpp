// The official command's processing around DAC's network, with the weights of the compact record.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"
#include "nodes/networks/codecs/dac/loudness.h"
#include "nodes/networks/codecs/make/make_codec.h"
#include "tests/support/record_weights.h"

using namespace cfo;
using test::relative_error;
using test::test_waves;

namespace {

std::unique_ptr<codecs::Codec> command(const std::string& numbers) {
  const auto card = codecs::with_config(codecs::find_card("DAC24"), YAML::Load(numbers), "test");
  return codecs::make_codec(card, tensors::WeightScope(test::record_weights("DAC24"), "record"));
}

}  // namespace

TEST_CASE("a recording in chunks keeps its length and its loudness, in a batch as alone") {
  const auto codec = command("{processing: command, window: 0.5}");
  const int64_t samples = 24000 * 13 / 10 + 7;
  const auto waves = at::cat({test_waves(1, samples), 0.1 * test_waves(2, samples).narrow(0, 1, 1)}, 0);
  const auto codes = codec->quantize(codec->encode(waves));
  const auto audio = codec->decode(codes);
  CHECK(audio.size(-1) == samples);
  const auto before = codecs::integrated_loudness(waves, 24000), after = codecs::integrated_loudness(audio, 24000);
  CHECK((before - after).abs().max().item<double>() < 0.2);
  for (int64_t b = 0; b < 2; ++b) {
    const auto alone = codec->quantize(codec->encode(waves.narrow(0, b, 1)));
    CHECK(at::equal(alone.streams.front(), codes.streams.front().narrow(0, b, 1)));
    CHECK(relative_error(audio.narrow(0, b, 1), codec->decode(alone)) < 1e-4);
  }
}

TEST_CASE("the frames of a chunk depend on nothing outside it: a longer chunk begins with the same ones") {
  const auto wave = test_waves(1, 24000);
  const auto half = command("{processing: command, window: 0.5}")->encode(wave).values;
  const auto more = command("{processing: command, window: 0.7}")->encode(wave).values;
  constexpr int64_t frames_of_a_chunk = 20;
  CHECK(relative_error(half.narrow(-1, 0, frames_of_a_chunk), more.narrow(-1, 0, frames_of_a_chunk)) < 1e-4);
}

TEST_CASE("what is no longer than the window is one chunk, padded as the plain path does") {
  const auto wave = test_waves(1, 12000 - 100);
  const auto codec = command("{processing: command, window: 0.5}");
  CHECK(codec->encode(wave).values.size(-1) == (wave.size(-1) + 319) / 320);
}

TEST_CASE("a window below the network's reach and an unknown processing are refused") {
  CHECK_THROWS_WITH_AS(command("{processing: command, window: 0.1}"),
                       doctest::Contains("shorter than the network's reach"), Error);
  CHECK_THROWS_WITH_AS(command("{processing: loud}"), doctest::Contains("it is plain or command"), Error);
}
