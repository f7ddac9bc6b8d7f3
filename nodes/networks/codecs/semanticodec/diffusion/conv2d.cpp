#include "nodes/networks/codecs/semanticodec/diffusion/conv2d.h"

namespace cfo::codecs {

Conv2d::Conv2d(const tensors::WeightScope& scope, const Conv2dOptions& options)
    : options_(options),
      weight_(scope.take("weight", {options.out, options.in, options.kernel, options.kernel})),
      bias_(scope.take("bias", {options.out})) {}

at::Tensor Conv2d::operator()(const at::Tensor& x) const {
  return at::conv2d(x, weight_, bias_, options_.stride, options_.padding);
}

at::Tensor doubled(const at::Tensor& x) {
  return at::upsample_nearest2d(x, at::IntArrayRef({2 * x.size(2), 2 * x.size(3)}));
}

}  // namespace cfo::codecs
