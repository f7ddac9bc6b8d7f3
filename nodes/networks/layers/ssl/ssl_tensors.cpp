#include "nodes/networks/layers/ssl/ssl_tensors.h"

#include <fmt/format.h>

namespace cfo::layers {
namespace {

/// Adds the tensors of layers below a place.
class List {
 public:
  void add(const std::string& name, const std::vector<int64_t>& shape, int64_t fan_in) {
    tensors_.push_back({name, shape, fan_in});
  }
  void linear(const std::string& name, int64_t in, int64_t out) {
    add(name + ".weight", {out, in}, in);
    add(name + ".bias", {out}, in);
  }
  void norm(const std::string& name, int64_t size) {
    add(name + ".weight", {size}, 0);
    add(name + ".bias", {size}, 0);
  }
  std::vector<SslTensor> take() { return std::move(tensors_); }

 private:
  std::vector<SslTensor> tensors_;
};

void add_convolutions(List& list, const SslConvOptions& conv, const SslNames& names) {
  int64_t in = 1;
  for (std::size_t i = 0; i < conv.widths.size(); ++i) {
    const auto place = fmt::format("feature_extractor.conv_layers.{}.", i);
    const int64_t out = conv.widths[i], fan_in = in * conv.kernels[i];
    list.add(fmt::format("{}{}.weight", place, names.conv), {out, in, conv.kernels[i]}, fan_in);
    if (conv.bias) list.add(fmt::format("{}{}.bias", place, names.conv), {out}, fan_in);
    if (conv.norm_everywhere) list.norm(fmt::format("{}{}", place, names.conv_layer_norm), out);
    if (!conv.norm_everywhere && i == 0) list.norm(fmt::format("{}{}", place, names.conv_group_norm), out);
    in = out;
  }
}

void add_position(List& list, const SslOptions& options, const std::string& place) {
  const int64_t in = options.width / options.position.groups, kernel = options.position.kernel;
  list.add(place + ".weight_g", {1, 1, kernel}, 0);
  list.add(place + ".weight_v", {options.width, in, kernel}, in * kernel);
  list.add(place + ".bias", {options.width}, 0);
}

void add_layer(List& list, const SslOptions& options, const SslNames& names, const std::string& place) {
  for (const auto* part : {"q_proj", "k_proj", "v_proj", "out_proj"})
    list.linear(fmt::format("{}{}.{}", place, names.attention, part), options.width, options.width);
  list.norm(fmt::format("{}{}", place, names.attention_norm), options.width);
  list.linear(fmt::format("{}{}", place, names.wide), options.width, options.feed_forward);
  list.linear(fmt::format("{}{}", place, names.narrow), options.feed_forward, options.width);
  list.norm(fmt::format("{}{}", place, names.feed_forward_norm), options.width);
}

}  // namespace

std::vector<SslTensor> ssl_tensors(const SslOptions& options, const SslNames& names) {
  List list;
  const int64_t features = options.conv.widths.back();
  add_convolutions(list, options.conv, names);
  list.norm(std::string(names.feature_norm), features);
  if (features != options.width) list.linear(std::string(names.projection), features, options.width);
  add_position(list, options, std::string(names.position));
  list.norm("encoder.layer_norm", options.width);
  for (int64_t i = 0; i < options.layers; ++i) add_layer(list, options, names, fmt::format("encoder.layers.{}.", i));
  return list.take();
}

}  // namespace cfo::layers
