#include "nodes/networks/tensors/mixed_precision.h"

#include <ATen/autocast_mode.h>
#include <torch/csrc/api/include/torch/version.h>

#include "base/error.h"

namespace cfo::tensors {
namespace {

// libtorch 2.4 names the device.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
bool enabled() { return at::autocast::is_autocast_enabled(at::kCUDA); }
void enable(bool on) { at::autocast::set_autocast_enabled(at::kCUDA, on); }
void choose(at::ScalarType type) { at::autocast::set_autocast_dtype(at::kCUDA, type); }
#else
bool enabled() { return at::autocast::is_enabled(); }
void enable(bool on) { at::autocast::set_enabled(on); }
void choose(at::ScalarType type) { at::autocast::set_autocast_gpu_dtype(type); }
#endif

}  // namespace

MixedPrecision::MixedPrecision(bool wanted) : wanted_(wanted) {
  if (!wanted_) return;
  before_ = enabled();
  cached_before_ = at::autocast::is_autocast_cache_enabled();
  at::autocast::set_autocast_cache_enabled(false);  // a copy made where no gradient is kept would be taken where one is
  choose(at::kBFloat16);
  enable(true);
}

MixedPrecision::~MixedPrecision() {
  if (!wanted_) return;
  enable(before_);
  at::autocast::set_autocast_cache_enabled(cached_before_);
}

bool MixedPrecision::active() { return enabled(); }

void check_mixed_precision(c10::Device device) {
  if (device.is_cuda()) return;
  throw Error("mixed precision needs a GPU, but the device is '{}'; give --device cuda, or leave precision at float32",
              device.str());
}

}  // namespace cfo::tensors
