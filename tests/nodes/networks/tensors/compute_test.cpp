#include "nodes/networks/tensors/compute.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <doctest/doctest.h>

#include <thread>

#include "base/error.h"

using namespace cfo;
using namespace cfo::tensors;

TEST_CASE("one intra-op thread, on threads started later too") {
  use_one_thread_per_task();
  CHECK(at::get_num_threads() == 1);
  int elsewhere = 0;
  std::thread([&] {
    const Inference inference;
    elsewhere = at::get_num_threads();
  }).join();
  CHECK(elsewhere == 1);
}

TEST_CASE("nothing computed under Inference is followed by autograd") {
  const auto weight = at::ones({2}).requires_grad_(true);
  {
    const Inference inference;
    CHECK_FALSE((weight * 2).requires_grad());
  }
  CHECK((weight * 2).requires_grad());
}

TEST_CASE("devices are named as torch names them") {
  CHECK(parse_device("cpu").is_cpu());
  for (const auto* const text : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda1", "cuda:1x", "CPU"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(parse_device(text), doctest::Contains("give cpu, cuda or cuda:N"), cfo::Error);
  }
  if (!at::hasCUDA()) CHECK_THROWS_WITH_AS(parse_device("cuda:0"), doctest::Contains("has no CUDA"), cfo::Error);
}

TEST_CASE("a random stream depends on its seed alone") {
  const auto draw = [](uint64_t seed) {
    auto stream = random_stream(seed);
    return at::randn({8}, stream, at::TensorOptions());
  };
  const auto first = draw(5);
  at::randn({100});  // somebody else draws
  CHECK(at::equal(draw(5), first));
  CHECK_FALSE(at::equal(draw(6), first));
}

TEST_CASE("seeds differ with graph seed, unit and item, and with where one text ends") {
  const auto seed = seed_from(1, "unit", "item");
  CHECK(seed == seed_from(1, "unit", "item"));
  CHECK(seed != seed_from(2, "unit", "item"));
  CHECK(seed != seed_from(1, "units", "item"));
  CHECK(seed != seed_from(1, "unit", "items"));
  CHECK(seed_from(1, "ab", "c") != seed_from(1, "a", "bc"));
}
