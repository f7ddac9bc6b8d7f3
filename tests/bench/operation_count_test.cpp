// How cfo-bench counts arithmetic: against counts made by hand from the definitions.
#include "bench/measure/operation_count.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <vector>

#include "nodes/networks/layers/basic/recurrent.h"
#include "nodes/networks/tensors/compute.h"

using namespace cfo;
using bench::count_operations;

TEST_CASE("a convolution takes kernel x input channels x output channels for each output position") {
  const tensors::Inference inference;
  const at::Tensor x = at::zeros({2, 6, 100}), weight = at::zeros({8, 6, 5});
  const auto count = count_operations([&] { at::conv1d(x, weight, {}, 2, 2); });
  CHECK(count.convolution == 2 * 50 * 8 * 6 * 5);
  CHECK(count.matrix == 0);
  CHECK(count.flops() == 2.0 * static_cast<double>(count.multiply_adds()));
}

TEST_CASE("groups divide the work, dilation shortens the output") {
  const tensors::Inference inference;
  const at::Tensor x = at::zeros({1, 6, 100}), weight = at::zeros({6, 1, 5});
  const std::vector<int64_t> stride = {1}, padding = {0}, dilation = {3};
  const auto count = count_operations([&] { at::conv1d(x, weight, {}, stride, padding, dilation, 6); });
  CHECK(count.convolution == (100 - 3 * 4) * 6 * 5);
}

TEST_CASE("a transposed convolution takes kernel x channels for each input position") {
  const tensors::Inference inference;
  const at::Tensor x = at::zeros({1, 8, 40}), weight = at::zeros({8, 4, 10});
  const auto count = count_operations([&] { at::conv_transpose1d(x, weight, {}, 5); });
  CHECK(count.convolution == 40 * 8 * 4 * 10);
}

TEST_CASE("two dimensions count both") {
  const tensors::Inference inference;
  const at::Tensor x = at::zeros({1, 3, 20, 30}), weight = at::zeros({4, 3, 3, 5});
  const auto count = count_operations([&] { at::conv2d(x, weight); });
  CHECK(count.convolution == 18 * 26 * 4 * 3 * 3 * 5);
}

TEST_CASE("matrix products are counted once, however they are spelled") {
  const tensors::Inference inference;
  const at::Tensor a = at::zeros({7, 5}), b = at::zeros({5, 3}), batch = at::zeros({4, 7, 5});
  CHECK(count_operations([&] { at::mm(a, b); }).matrix == 7 * 5 * 3);
  CHECK(count_operations([&] { at::matmul(batch, b); }).matrix == 4 * 7 * 5 * 3);
  CHECK(count_operations([&] { at::linear(batch, b.t(), at::zeros({3})); }).matrix == 4 * 7 * 5 * 3);
  CHECK(count_operations([&] { at::bmm(batch, at::zeros({4, 5, 2})); }).matrix == 4 * 7 * 5 * 2);
  CHECK(count_operations([&] { at::mv(a, at::zeros({5})); }).matrix == 7 * 5);
  CHECK(count_operations([&] { at::relu(a); }).multiply_adds() == 0);
}

TEST_CASE("an LSTM takes its four gates' products for each step") {
  const tensors::Inference inference;
  constexpr int64_t steps = 9, batch = 2, in = 6, hidden = 4;
  const at::Tensor x = at::zeros({steps, batch, in}), state = at::zeros({1, batch, hidden});
  const std::vector<at::Tensor> weights = {at::zeros({4 * hidden, in}), at::zeros({4 * hidden, hidden}),
                                           at::zeros({4 * hidden}), at::zeros({4 * hidden})};
  const auto count = count_operations([&] { at::lstm(x, {state, state}, weights, true, 1, 0.0, false, false, false); });
  CHECK(count.matrix == steps * batch * 4 * hidden * (in + hidden));
}

TEST_CASE("an LSTM layer counts the same for few utterances and many, but for the first step's zero state") {
  const tensors::Inference inference;
  constexpr int64_t steps = 9, in = 6, hidden = 4;
  const tensors::WeightScope scope({{"weight_ih_l0", at::zeros({4 * hidden, in})},
                                    {"weight_hh_l0", at::zeros({4 * hidden, hidden})},
                                    {"bias_ih_l0", at::zeros({4 * hidden})},
                                    {"bias_hh_l0", at::zeros({4 * hidden})}},
                                   "test");
  const cfo::layers::Lstm lstm(scope, {.input = in, .hidden = hidden});
  for (const int64_t batch : {2, 5}) {
    const auto count = count_operations([&] { lstm(at::zeros({batch, in, steps})); });
    const int64_t products = batch * 4 * hidden;
    CHECK(count.matrix <= products * steps * (in + hidden));
    CHECK(count.matrix >= products * (steps * in + (steps - 1) * hidden));
  }
}

TEST_CASE("only what is inside is counted") {
  const tensors::Inference inference;
  const at::Tensor a = at::zeros({7, 5}), b = at::zeros({5, 3});
  at::mm(a, b);
  const auto count = count_operations([] {});
  at::mm(a, b);
  CHECK(count.multiply_adds() == 0);
}
