#include "nodes/networks/codecs/audiodec/stream.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"

using namespace cfo;
using codecs::Stream;
using codecs::StreamConv1d;
using codecs::StreamConvTranspose1d;
using tensors::WeightScope;

namespace {

at::Tensor row(const std::vector<float>& numbers) { return at::tensor(numbers).view({1, 1, -1}); }

WeightScope weights(const std::vector<float>& kernel, float bias) {
  return WeightScope({{"weight", row(kernel)}, {"bias", at::tensor({bias})}}, "made here");
}

}  // namespace

TEST_CASE("a stream puts what came before in front, zeros at first") {
  Stream stream;
  CHECK(at::equal(stream.extend(row({1, 2, 3}), 2), row({0, 0, 1, 2, 3})));
  stream.rewind();
  CHECK(at::equal(stream.extend(row({4}), 2), row({2, 3, 4})));
  stream.rewind();
  CHECK(at::equal(stream.extend(row({5, 6}), 2), row({3, 4, 5, 6})));
}

TEST_CASE("a stream remembers each layer by its place, and a copy goes on by itself") {
  Stream stream;
  stream.extend(row({1}), 1);
  stream.extend(row({2}), 1);
  auto copy = stream;
  for (auto* each : {&stream, &copy}) {
    each->rewind();
    CHECK(at::equal(each->extend(row({7}), 1), row({1, 7})));
    CHECK(at::equal(each->extend(row({8}), 1), row({2, 8})));
  }
}

TEST_CASE("one utterance's stream is the past of each of a batch") {
  Stream stream;
  stream.extend(row({1, 2}), 1);
  stream.rewind();
  CHECK(at::equal(stream.extend(at::tensor({3.f, 4.f}).view({2, 1, 1}), 1),
                  at::tensor({2.f, 3.f, 2.f, 4.f}).view({2, 1, 2})));
}

TEST_CASE("a streamed convolution sees its past inputs and begins a frame at the first sample") {
  // out[t] = 1 x[2t-2] + 10 x[2t-1] + 100 x[2t] + 0.5
  const StreamConv1d conv(weights({1, 10, 100}, 0.5f), {.kernel = 3, .stride = 2});
  Stream stream;
  CHECK(at::equal(conv(row({1, 2, 3}), stream), row({100.5f, 321.5f})));
  stream.rewind();
  CHECK(at::equal(conv(row({4}), stream), row({432.5f})));
}

TEST_CASE("a streamed transposed convolution adds the end of the frame before") {
  // out[2f + j] = w[j] x[f] + w[2 + j] x[f - 1] + 0.5, j = 0, 1
  const StreamConvTranspose1d conv(weights({1, 2, 10, 20}, 0.5f), {.kernel = 4, .stride = 2});
  Stream stream;
  CHECK(at::equal(conv(row({1, 3}), stream), row({1.5f, 2.5f, 13.5f, 26.5f})));
  stream.rewind();
  CHECK(at::equal(conv(row({2}), stream), row({32.5f, 64.5f})));
  CHECK_THROWS_WITH_AS(StreamConvTranspose1d(weights({1, 2, 10}, 0), {.kernel = 3, .stride = 2}),
                       doctest::Contains("needs kernel 4"), Error);
}

TEST_CASE("an utterance in two pieces gives what it gives whole") {
  const StreamConv1d conv(weights({3, 5, 7}, 1), {.kernel = 3, .dilation = 3});
  Stream whole, pieces;
  const auto wave = at::arange(20, at::kFloat).view({1, 1, 20});
  const auto expected = conv(wave, whole);
  const auto first = conv(wave.narrow(2, 0, 3), pieces);
  pieces.rewind();
  CHECK(at::equal(at::cat({first, conv(wave.narrow(2, 3, 17), pieces)}, 2), expected));
}
