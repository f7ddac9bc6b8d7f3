#include "nodes/networks/codecs/snac/multi_scale_quantizer.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"
#include "nodes/networks/codecs/llm_codec/cosine_codebook.h"

using namespace cfo;
using namespace cfo::codecs;
using namespace cfo::layers;
using namespace cfo::tensors;

namespace {

std::shared_ptr<const Codebook> numbers(const std::vector<float>& rows) {
  return std::make_shared<const EuclideanCodebook>(at::tensor(rows).unsqueeze(1));
}

/// Numbers 0 and 10 for two frames at once, then -1 and 1 for each.
MultiScaleVq two_rates() { return {{numbers({0, 10}), numbers({-1, 1})}, {2, 1}}; }

at::Tensor stream(const std::vector<int64_t>& codes) { return at::tensor(codes).view({1, 1, -1}); }

}  // namespace

TEST_CASE("a slow codebook codes the mean of its frames, the next one what that leaves of each") {
  const auto latent = at::tensor({9.F, 11.F, 1.F, -1.F}).view({1, 1, 4});
  const auto streams = two_rates().encode(latent);
  REQUIRE(streams.size() == 2);
  CHECK(at::equal(streams[0], stream({1, 0})));
  CHECK(at::equal(streams[1], stream({0, 1, 1, 0})));
  CHECK(at::equal(two_rates().decode(streams), latent));
  CHECK(latent[0][0][0].item<float>() == 9);
}

TEST_CASE("utterances of a batch do not mix") {
  const auto latent = at::tensor({9.F, 11.F, 1.F, -1.F}).view({2, 1, 2});
  const auto streams = two_rates().encode(latent);
  CHECK(at::equal(streams[0], at::tensor({int64_t{1}, int64_t{0}}).view({2, 1, 1})));
  CHECK(at::equal(two_rates().decode(streams), latent));
}

TEST_CASE("what is no latent and what are no codes of several rates is said") {
  CHECK_THROWS_WITH_AS(MultiScaleVq({numbers({0})}, {1, 2}),
                       doctest::Contains("one stride a codebook, but got 2 for 1"), Error);
  CHECK_THROWS_WITH_AS(two_rates().encode(at::zeros({1, 1, 3})), doctest::Contains("3 frames are not whole spans of 2"),
                       Error);
  CHECK_THROWS_WITH_AS(two_rates().decode({stream({1, 0}), stream({0, 1, 1})}),
                       doctest::Contains("stream 1 holds 1 codes a frame and 3 frames"), Error);
  CHECK_THROWS_WITH_AS(two_rates().decode({stream({1, 2}), stream({0, 1, 1, 0})}),
                       doctest::Contains("a code lies outside 0..1"), Error);
}

TEST_CASE("a cosine codebook asks for the angle alone and gives its rows as they are") {
  const auto rows = at::tensor({10.F, 0.F, 0.F, 1.F, 3.F, 4.F}).view({3, 2});
  const CosineCodebook codebook(rows);
  // (1, 1.4) lies nearest to (0, 1), but in the direction of (3, 4).
  const auto codes = codebook.search(at::tensor({1.F, 1.4F, 0.2F, 0.F, -1.F, 7.F}).view({3, 2}));
  CHECK(at::equal(codes, at::tensor({int64_t{2}, int64_t{0}, int64_t{1}})));
  CHECK(at::equal(codebook.look_up(codes)[0], rows[2]));
}
