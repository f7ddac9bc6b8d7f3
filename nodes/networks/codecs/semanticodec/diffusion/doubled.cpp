#include "nodes/networks/codecs/semanticodec/diffusion/doubled.h"

namespace cfo::codecs {

at::Tensor doubled(const at::Tensor& x) {
  return at::upsample_nearest2d(x, at::IntArrayRef({2 * x.size(2), 2 * x.size(3)}));
}

}  // namespace cfo::codecs
