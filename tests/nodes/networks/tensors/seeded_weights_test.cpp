#include "nodes/networks/tensors/seeded_weights.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"

using cfo::tensors::seeded_tensor;

TEST_CASE("seeded_tensor follows the golden records' rule") {
  const at::Tensor tensor = seeded_tensor("a.weight", {3}, -1, 1, 11);
  CHECK((tensor.scalar_type() == at::kFloat));
  CHECK(tensor[0].item<float>() == doctest::Approx(-0.19841588).epsilon(1e-7));
  CHECK(tensor[1].item<float>() == doctest::Approx(0.92324674).epsilon(1e-7));
  CHECK(tensor[2].item<float>() == doctest::Approx(-0.99974644).epsilon(1e-7));
}

TEST_CASE("seeded_tensor depends on name, seed and position, not on the shape around it") {
  const at::Tensor flat = seeded_tensor("b", {6}, 0, 2, 5);
  CHECK(at::equal(flat.reshape({2, 3}), seeded_tensor("b", {2, 3}, 0, 2, 5)));
  CHECK_FALSE(at::equal(flat, seeded_tensor("b", {6}, 0, 2, 6)));
  CHECK_FALSE(at::equal(flat, seeded_tensor("c", {6}, 0, 2, 5)));
  CHECK(flat.min().item<float>() >= 0);
  CHECK(flat.max().item<float>() < 2);
}

TEST_CASE("seeded_tensor refuses a negative size") {
  CHECK_THROWS_AS(seeded_tensor("d", {2, -1}, 0, 1, 1), cfo::Error);
}
