// Codecs from weight files: the numbers that a file brings along.
#include "nodes/weights/store.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/checkpoint_fixtures.h"

using namespace cfo;
using namespace cfo::test;

TEST_CASE("the configuration in a .nemo file stands before the card's numbers") {
  const TemporaryFolder folder;
  ::setenv("CFO_WEIGHTS", folder.path().c_str(), 1);
  auto card = codecs::find_card("spectralcodecs_fullband");
  card.weights.front().folder = "";
  const auto write = [&](const std::string& config) {
    folder.write(card.weights.front().file,
                 tar_file({{"./model_config.yaml", config}, {"./model_weights.ckpt", small_torch_file()}}));
  };
  // The file lacks every tensor; which shape is missed tells whose numbers were taken.
  write("audio_encoder: {encoder: {hidden_channels: 48, kernel_size: 5}}\noptim: {lr: 0.1}\n");
  CHECK_THROWS_WITH_AS(weights::load_codec(card, "cpu"), doctest::Contains("of shape [48"), Error);
  write("optim: {lr: 0.1}\n");
  CHECK_THROWS_WITH_AS(weights::load_codec(card, "cpu"), doctest::Contains("of shape [256"), Error);
  write("audio_encoder: {\n");
  CHECK_THROWS_WITH_AS(weights::load_codec(card, "cpu"),
                       doctest::Contains("the model's configuration is not valid YAML"), Error);
  ::unsetenv("CFO_WEIGHTS");
}

TEST_CASE("of a tensor in two files the preferred file's is taken, and without one the card is refused") {
  const TemporaryFolder folder;
  ::setenv("CFO_WEIGHTS", folder.path().c_str(), 1);
  auto card = codecs::find_card("snac_24khz");
  codecs::WeightFile first, second;
  first.file = "first.safetensors";
  second.file = "second.safetensors";
  card.weights = {first, second};
  // Both lack every other tensor, and this one, which the network asks for first, has another shape in each.
  const std::string name = "quantizer.quantizers.0.in_proj.weight";
  storage::write_safetensors(folder.path() / "first.safetensors", {{name, at::zeros({3})}});
  storage::write_safetensors(folder.path() / "second.safetensors", {{name, at::zeros({5})}});
  CHECK_THROWS_WITH_AS(weights::load_codec(card, "cpu"),
                       doctest::Contains("is in another weight file of snac_24khz too"), Error);
  card.weights[1].preferred = true;
  CHECK_THROWS_WITH_AS(weights::load_codec(card, "cpu"), doctest::Contains("has shape [5]"), Error);
  ::unsetenv("CFO_WEIGHTS");
}
