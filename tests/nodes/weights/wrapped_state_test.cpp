// A network's tensors, wherever in a checkpoint a training program put them.
#include "nodes/weights/wrapped_state.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"
#include "nodes/networks/detectors/make/make_detector.h"

using namespace cfo;
using namespace cfo::weights;

namespace {

TensorMap network() { return detectors::make_detector("aasist_l")->state(); }

TensorMap prefixed(const std::string& prefix, const TensorMap& tensors) {
  TensorMap result;
  for (const auto& [name, tensor] : tensors) result.emplace(prefix + name, tensor);
  return result;
}

}  // namespace

TEST_CASE("the one place that fits is found, whatever stands before it and beside it") {
  const TensorMap plain = network();
  for (const char* prefix : {"", "module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "model.",
                             "state_dict.", "model_state_dict.", "state_dict.model.", "ema.module.", "a.b.c.d."}) {
    CAPTURE(prefix);
    TensorMap file = prefixed(prefix, plain);
    file.emplace("optimizer_state_dict.state.0.exp_avg", at::zeros({3}));
    const bool bare = std::string(prefix).empty();
    if (bare) file.erase("optimizer_state_dict.state.0.exp_avg");  // beside a bare state it would be part of it
    const auto state = find_state(file, plain, "", "x.pth");
    CHECK(state.within == prefix);
    CHECK(state.tensors.size() == plain.size());
    CHECK(state.tensors.count(plain.begin()->first) == 1);
  }
}

TEST_CASE("where two places fit the setting decides") {
  const TensorMap plain = network();
  TensorMap file = prefixed("state_dict.", plain);
  file.merge(prefixed("ema.module.", plain));
  CHECK_THROWS_WITH_AS(
      find_state(file, plain, "", "x.pth"),
      "x.pth: holds 2 sets of weights that fit, within 'ema.module.', 'state_dict.'; say which with the "
      "setting 'within', e.g. within: state_dict",
      Error);
  CHECK(find_state(file, plain, "ema", "x.pth").within == "ema.module.");
  CHECK(find_state(file, plain, "state_dict", "x.pth").within == "state_dict.");
  CHECK_THROWS_WITH_AS(find_state(file, plain, "swa", "x.pth"),
                       doctest::Contains("holds no weights of this network within 'swa'"), Error);
}

TEST_CASE("a part that lacks a tensor is given for the network to name it") {
  const TensorMap plain = network();
  TensorMap file = prefixed("state_dict.", plain);
  file.erase("state_dict." + plain.rbegin()->first);
  const auto state = find_state(file, plain, "", "x.pth");
  CHECK(state.within == "state_dict.");
  CHECK_THROWS_WITH(detectors::make_detector("aasist_l")->load(state.tensors, "x.pth"),
                    doctest::Contains(("there is no tensor '" + plain.rbegin()->first).c_str()));
  CHECK(find_state({{"other", at::zeros({1})}}, plain, "", "x.pth").tensors.size() == 1);
}
