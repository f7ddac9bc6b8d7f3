#include "nodes/networks/layers/basic/conv2d.h"

namespace cfo::layers {

Conv2d::Conv2d(const tensors::WeightScope& scope, const Conv2dOptions& options)
    : options_(options),
      weight_(scope.take("weight", {options.out, options.in, options.kernel[0], options.kernel[1]})),
      bias_(scope.take("bias", {options.out})) {}

at::Tensor Conv2d::operator()(const at::Tensor& x) const {
  return at::conv2d(x, weight_, bias_, options_.stride, options_.padding);
}

}  // namespace cfo::layers
