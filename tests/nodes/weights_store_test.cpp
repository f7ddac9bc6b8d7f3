// Codecs from weight files: the numbers that a file brings along.
#include "nodes/weights/store.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/storage/checkpoint_fixtures.h"

using namespace cfo;
using namespace cfo::checkpoint_fixtures;

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
  CHECK_THROWS_WITH_AS(nodes::load_codec(card, "cpu"), doctest::Contains("of shape [48"), Error);
  write("optim: {lr: 0.1}\n");
  CHECK_THROWS_WITH_AS(nodes::load_codec(card, "cpu"), doctest::Contains("of shape [256"), Error);
  write("audio_encoder: {\n");
  CHECK_THROWS_WITH_AS(nodes::load_codec(card, "cpu"), doctest::Contains("the model's configuration is not valid YAML"),
                       Error);
  ::unsetenv("CFO_WEIGHTS");
}
