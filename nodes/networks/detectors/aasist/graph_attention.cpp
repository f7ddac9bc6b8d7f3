#include "nodes/networks/detectors/aasist/graph_attention.h"

#include <algorithm>

namespace cfo::detectors {
namespace {

constexpr double input_dropout = 0.2, pool_dropout = 0.3;

at::Tensor attention_vector(ParameterSet& set, const std::string& name, int64_t size) {
  return set.parameter(name, {size, 1}, Initial::xavier_normal);
}

/// [B, N, D] -> [B, N, N, D]: products of every two nodes.
at::Tensor pairwise_products(const at::Tensor& nodes) { return nodes.unsqueeze(2) * nodes.unsqueeze(1); }

/// Batch norm of [B, N, D] over all nodes of the batch, then SELU.
at::Tensor normalise(const at::Tensor& nodes, const BatchNorm& bn, const Pass& pass) {
  return at::selu(bn(nodes.reshape({-1, nodes.size(2)}), pass).view(nodes.sizes()));
}

}  // namespace

GraphAttention::GraphAttention(ParameterSet& set, const std::string& name, int64_t in, int64_t out, double temperature)
    : name_(name),
      att_weight_(attention_vector(set, name + ".att_weight", out)),
      att_proj_(declare_linear(set, name + ".att_proj", in, out)),
      proj_with_att_(declare_linear(set, name + ".proj_with_att", in, out)),
      proj_without_att_(declare_linear(set, name + ".proj_without_att", in, out)),
      bn_(set, name + ".bn", out),
      temperature_(temperature) {}

at::Tensor GraphAttention::operator()(const at::Tensor& nodes, const Pass& pass) const {
  const at::Tensor x = pass.drop(nodes, input_dropout, name_ + ".input_drop");
  const at::Tensor logits = at::matmul(at::tanh(att_proj_(pairwise_products(x))), att_weight_) / temperature_;
  const at::Tensor attention = at::softmax(logits, -2).squeeze(-1);
  const at::Tensor y = normalise(proj_with_att_(at::matmul(attention, x)) + proj_without_att_(x), bn_, pass);
  pass.tell(name_, y);
  return y;
}

HeterogeneousAttention::HeterogeneousAttention(ParameterSet& set, const std::string& name, int64_t in, int64_t out,
                                               double temperature)
    : name_(name),
      att_weight11_(attention_vector(set, name + ".att_weight11", out)),
      att_weight22_(attention_vector(set, name + ".att_weight22", out)),
      att_weight12_(attention_vector(set, name + ".att_weight12", out)),
      att_weight_master_(attention_vector(set, name + ".att_weightM", out)),
      proj_type1_(declare_linear(set, name + ".proj_type1", in, in)),
      proj_type2_(declare_linear(set, name + ".proj_type2", in, in)),
      att_proj_(declare_linear(set, name + ".att_proj", in, out)),
      att_proj_master_(declare_linear(set, name + ".att_projM", in, out)),
      proj_with_att_(declare_linear(set, name + ".proj_with_att", in, out)),
      proj_without_att_(declare_linear(set, name + ".proj_without_att", in, out)),
      proj_with_att_master_(declare_linear(set, name + ".proj_with_attM", in, out)),
      proj_without_att_master_(declare_linear(set, name + ".proj_without_attM", in, out)),
      bn_(set, name + ".bn", out),
      temperature_(temperature) {}

HeterogeneousNodes HeterogeneousAttention::operator()(const HeterogeneousNodes& nodes, const Pass& pass) const {
  const int64_t first = nodes.first.size(1), second = nodes.second.size(1);
  at::Tensor x = at::cat({proj_type1_(nodes.first), proj_type2_(nodes.second)}, 1);
  x = pass.drop(x, input_dropout, name_ + ".input_drop");
  const at::Tensor master = update_master(x, nodes.master);
  x = proj_with_att_(at::matmul(attention(x, first), x)) + proj_without_att_(x);
  x = normalise(x, bn_, pass);
  const HeterogeneousNodes result{x.narrow(1, 0, first), x.narrow(1, first, second), master};
  pass.tell(name_ + ".T", result.first);
  pass.tell(name_ + ".S", result.second);
  pass.tell(name_ + ".master", result.master);
  return result;
}

at::Tensor HeterogeneousAttention::attention(const at::Tensor& x, int64_t first_nodes) const {
  const at::Tensor pairs = at::tanh(att_proj_(pairwise_products(x)));
  const int64_t second_nodes = x.size(1) - first_nodes;
  const auto board = [&](int64_t row, int64_t rows, int64_t column, int64_t columns, const at::Tensor& weight) {
    return at::matmul(pairs.narrow(1, row, rows).narrow(2, column, columns), weight).squeeze(-1);
  };
  const at::Tensor top = at::cat({board(0, first_nodes, 0, first_nodes, att_weight11_),
                                  board(0, first_nodes, first_nodes, second_nodes, att_weight12_)},
                                 2);
  const at::Tensor bottom = at::cat({board(first_nodes, second_nodes, 0, first_nodes, att_weight12_),
                                     board(first_nodes, second_nodes, first_nodes, second_nodes, att_weight22_)},
                                    2);
  return at::softmax(at::cat({top, bottom}, 1) / temperature_, -1);
}

at::Tensor HeterogeneousAttention::update_master(const at::Tensor& x, const at::Tensor& master) const {
  const at::Tensor logits = at::matmul(at::tanh(att_proj_master_(x * master)), att_weight_master_) / temperature_;
  const at::Tensor attention = at::softmax(logits, -2).transpose(1, 2);
  return proj_with_att_master_(at::matmul(attention, x)) + proj_without_att_master_(master);
}

GraphPool::GraphPool(ParameterSet& set, const std::string& name, int64_t dimension, double ratio)
    : name_(name), proj_(declare_linear(set, name + ".proj", dimension, 1)), ratio_(ratio) {}

at::Tensor GraphPool::operator()(const at::Tensor& nodes, const Pass& pass) const {
  const at::Tensor scores = at::sigmoid(proj_(pass.drop(nodes, pool_dropout, name_ + ".drop")));
  const auto kept = std::max<int64_t>(static_cast<int64_t>(static_cast<double>(nodes.size(1)) * ratio_), 1);
  const at::Tensor order = std::get<1>(at::topk(scores, kept, 1)).expand({-1, -1, nodes.size(2)});
  const at::Tensor y = at::gather(nodes * scores, 1, order);
  pass.tell(name_, y);
  return y;
}

}  // namespace cfo::detectors
