#include "nodes/networks/layers/basic/recurrent.h"

#include "base/error.h"
#include "tests/support/written_out.h"

using namespace cfo;
using namespace cfo::layers;
using namespace cfo::tensors;
using namespace cfo::test;

namespace {

TensorMap random_weights(const LstmOptions& options) {
  TensorMap map;
  const int64_t directions = options.bidirectional ? 2 : 1;
  for (int64_t layer = 0; layer < options.layers; ++layer) {
    for (int64_t direction = 0; direction < directions; ++direction) {
      const std::string suffix = "_l" + std::to_string(layer) + (direction == 0 ? "" : "_reverse");
      const int64_t input = layer == 0 ? options.input : directions * options.hidden, gates = 4 * options.hidden;
      map["weight_ih" + suffix] = noise("weight_ih" + suffix, {gates, input});
      map["weight_hh" + suffix] = noise("weight_hh" + suffix, {gates, options.hidden});
      map["bias_ih" + suffix] = noise("bias_ih" + suffix, {gates});
      map["bias_hh" + suffix] = noise("bias_hh" + suffix, {gates});
    }
  }
  return map;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// One direction of one layer over x [in, T], unit by unit -> [hidden, T].
at::Tensor one_direction(const TensorMap& map, const std::string& suffix, const at::Tensor& x, bool backwards) {
  const auto from_input = wide(map, "weight_ih" + suffix), from_past = wide(map, "weight_hh" + suffix);
  const auto bias = wide(map, "bias_ih" + suffix) + wide(map, "bias_hh" + suffix);
  const int64_t hidden = from_past.size(1), steps = x.size(1);
  const auto result = at::zeros({hidden, steps}, at::kDouble);
  auto state = at::zeros({hidden}, at::kDouble);
  std::vector<double> cells(static_cast<std::size_t>(hidden), 0.0);
  for (int64_t step = 0; step < steps; ++step) {
    const int64_t t = backwards ? steps - 1 - step : step;
    for (int64_t unit = 0; unit < hidden; ++unit) {
      const auto gate = [&](int64_t which) {
        const int64_t row = which * hidden + unit;
        return (from_input[row].dot(x.select(1, t)) + from_past[row].dot(state) + bias[row]).item<double>();
      };
      auto& cell = cells[static_cast<std::size_t>(unit)];
      cell = sigmoid(gate(1)) * cell + sigmoid(gate(0)) * std::tanh(gate(2));
      result[unit][t] = sigmoid(gate(3)) * std::tanh(cell);
    }
    state = result.select(1, t).clone();
  }
  return result;
}

at::Tensor written(const TensorMap& map, const LstmOptions& options, const at::Tensor& input) {
  auto x = input;
  for (int64_t layer = 0; layer < options.layers; ++layer) {
    const std::string suffix = "_l" + std::to_string(layer);
    const auto forwards = one_direction(map, suffix, x, false);
    x = options.bidirectional ? at::cat({forwards, one_direction(map, suffix + "_reverse", x, true)}) : forwards;
  }
  if (!options.skip) return x;
  return x + (options.bidirectional ? at::cat({input, input}) : input);
}

void check_lstm(const LstmOptions& options, int64_t steps) {
  const auto map = random_weights(options);
  const WeightScope scope(map, "test");
  const Lstm lstm(scope, options);
  CHECK(scope.unused().empty());
  for (const int64_t utterances : {3, 5}) {  // a few, and more than a few
    check_each_utterance(lstm, noise("x", {utterances, options.input, steps}, 2),
                         [&](const at::Tensor& x) { return written(map, options, x); });
  }
}

}  // namespace

TEST_CASE(
    "a bidirectional LSTM puts the two directions one over the other, and each layer sees both of the one below") {
  for (const int64_t steps : {1, 2, 7})
    check_lstm({.input = 2, .hidden = 3, .layers = 2, .bidirectional = true}, steps);
}

TEST_CASE("the skip of a bidirectional LSTM adds the input to either direction") {
  for (const int64_t steps : {1, 6})
    check_lstm({.input = 3, .hidden = 3, .layers = 2, .bidirectional = true, .skip = true}, steps);
}

TEST_CASE("the skip of a deep LSTM goes around all of its layers") {
  for (const int64_t steps : {1, 6}) check_lstm({.input = 3, .hidden = 3, .layers = 3, .skip = true}, steps);
}

TEST_CASE("an upper layer stored for one direction is refused where there are two") {
  auto map = random_weights({.input = 2, .hidden = 3, .layers = 2, .bidirectional = true});
  map["weight_ih_l1"] = noise("one", {12, 3});
  CHECK_THROWS_WITH_AS(Lstm(WeightScope(map, "test"), {.input = 2, .hidden = 3, .layers = 2, .bidirectional = true}),
                       doctest::Contains("tensor 'weight_ih_l1' has shape [12, 3] where [12, 6] is needed"),
                       cfo::Error);
}
