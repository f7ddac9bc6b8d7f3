#include "nodes/networks/tensors/recompute.h"

#include <torch/csrc/autograd/custom_function.h>

#include "nodes/networks/tensors/mixed_precision.h"

namespace cfo::tensors {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

using Function = std::function<at::Tensor(const at::Tensor&)>;

struct Kept : torch::CustomClassHolder {
  Kept(Function f, bool mixed) : function(std::move(f)), mixed_precision(mixed) {}
  Function function;
  bool mixed_precision;
};

struct Recompute : torch::autograd::Function<Recompute> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const c10::intrusive_ptr<Kept>& kept) {
    context->save_for_backward({x});
    context->saved_data["kept"] = c10::IValue::make_capsule(kept);
    return kept->function(x);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto capsule = context->saved_data["kept"].toCapsule();
    const auto& kept = static_cast<const Kept&>(*capsule);
    const at::Tensor x = context->get_saved_variables()[0].detach().requires_grad_(true);
    at::Tensor y;
    {
      const c10::AutoGradMode with_gradient(true);
      const MixedPrecision precision(kept.mixed_precision);
      y = kept.function(x);
    }
    y.backward(gradients[0]);
    return {x.grad(), at::Tensor()};
  }
};

}  // namespace

at::Tensor recomputed(const Function& f, const at::Tensor& x) {
  if (!c10::GradMode::is_enabled() || !x.requires_grad()) return f(x);
  return Recompute::apply(x, c10::make_intrusive<Kept>(f, MixedPrecision::active()));
}

}  // namespace cfo::tensors
