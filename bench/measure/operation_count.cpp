#include "bench/measure/operation_count.h"

#include <ATen/ATen.h>

#include <map>
#include <string_view>

#include "bench/measure/operator_listener.h"

namespace cfo::bench {
namespace {

using Inputs = c10::ArrayRef<const c10::IValue>;

int64_t size(const c10::IValue& tensor, int64_t dimension) { return tensor.toTensor().size(dimension); }

/// Output positions along one dimension, as torch's Conv documentation defines them.
int64_t output_length(int64_t length, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  return (length + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
}

int64_t per_dimension(const std::vector<int64_t>& values, int64_t dimension) {
  return values.size() == 1 ? values[0] : values.at(static_cast<std::size_t>(dimension));
}

/// aten::convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups). Each weight
/// element is used once for every output position of each utterance; transposed, once for every input position.
int64_t convolution(Inputs inputs) {
  const at::Tensor& input = inputs[0].toTensor();
  const at::Tensor& weight = inputs[1].toTensor();
  const int64_t spatial = weight.dim() - 2;
  int64_t positions = input.dim() == weight.dim() ? input.size(0) : 1;
  for (int64_t d = 0; d < spatial; ++d) {
    const int64_t length = input.size(input.dim() - spatial + d);
    positions *=
        inputs[6].toBool()
            ? length
            : output_length(length, weight.size(2 + d), per_dimension(inputs[3].toIntVector(), d),
                            per_dimension(inputs[4].toIntVector(), d), per_dimension(inputs[5].toIntVector(), d));
  }
  return positions * weight.numel();
}

/// [.., n, k] x [.., k, m]: n k m for each matrix of the batch.
int64_t product(const c10::IValue& a, const c10::IValue& b) { return a.toTensor().numel() * size(b, -1); }

int64_t product_with_vector(const c10::IValue& a, const c10::IValue&) { return a.toTensor().numel(); }

/// aten::mkldnn_rnn_layer(input [T, B, I], weight_ih [4H, I], weight_hh [4H, H], ...): oneDNN's whole LSTM layer in
/// libtorch 2.
int64_t recurrent_layer(Inputs inputs) {
  const at::Tensor& input = inputs[0].toTensor();
  return input.size(0) * input.size(1) * (inputs[1].toTensor().numel() + inputs[2].toTensor().numel());
}

/// The operators that do the arithmetic; those that only call others (conv1d, linear, matmul, mv, lstm) are not
/// among them.
using Rule = void (*)(OperationCount&, Inputs);
const std::map<std::string_view, Rule>& rules() {
  static const std::map<std::string_view, Rule> table = {
      {"aten::convolution", [](OperationCount& c, Inputs in) { c.convolution += convolution(in); }},
      {"aten::mm", [](OperationCount& c, Inputs in) { c.matrix += product(in[0], in[1]); }},
      {"aten::bmm", [](OperationCount& c, Inputs in) { c.matrix += product(in[0], in[1]); }},
      {"aten::addmm", [](OperationCount& c, Inputs in) { c.matrix += product(in[1], in[2]); }},
      {"aten::baddbmm", [](OperationCount& c, Inputs in) { c.matrix += product(in[1], in[2]); }},
      {"aten::addmm_", [](OperationCount& c, Inputs in) { c.matrix += product(in[1], in[2]); }},
      {"aten::baddbmm_", [](OperationCount& c, Inputs in) { c.matrix += product(in[1], in[2]); }},
      {"aten::addmv", [](OperationCount& c, Inputs in) { c.matrix += product_with_vector(in[1], in[2]); }},
      {"aten::addmv_", [](OperationCount& c, Inputs in) { c.matrix += product_with_vector(in[1], in[2]); }},
      {"aten::dot", [](OperationCount& c, Inputs in) { c.matrix += product_with_vector(in[0], in[1]); }},
      {"aten::mkldnn_rnn_layer", [](OperationCount& c, Inputs in) { c.matrix += recurrent_layer(in); }},
  };
  return table;
}

using Listener = OperatorListener<OperationCount>;

std::unique_ptr<at::ObserverContext> on_operator(const at::RecordFunction& called) {
  const auto rule = rules().find(called.name());
  if (rule != rules().end() && Listener::current() != nullptr) rule->second(*Listener::current(), called.inputs());
  return nullptr;
}

}  // namespace

OperationCount count_operations(const std::function<void()>& work) {
  OperationCount count;
  const Listener listener(count, at::RecordFunctionCallback(on_operator));
  work();
  return count;
}

}  // namespace cfo::bench
