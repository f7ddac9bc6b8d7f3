#include "nodes/networks/codecs/ssl_options.h"

#include "base/error.h"

namespace cfo::codecs {
namespace {

bool norm_everywhere(const Config& config) {
  const auto norm = config.get<std::string>("conv_norm");
  if (norm != "first" && norm != "every")
    throw Error("{}: conv_norm is '{}'; it can be 'first' or 'every'", config.where(), norm);
  return norm == "every";
}

}  // namespace

layers::SslOptions ssl_options(const Config& config) {
  const auto whole = [&](const char* key) { return config.get<int64_t>(key); };
  const auto list = [&](const char* key) { return config.get<std::vector<int64_t>>(key); };
  return {.conv = {.widths = list("conv_widths"),
                   .kernels = list("conv_kernels"),
                   .strides = list("conv_strides"),
                   .bias = config.get<bool>("conv_bias"),
                   .norm_everywhere = norm_everywhere(config)},
          .position = {.kernel = whole("position_kernel"), .groups = whole("position_groups")},
          .width = whole("width"),
          .layers = whole("layers"),
          .heads = whole("heads"),
          .feed_forward = whole("feed_forward"),
          .norm_first = config.get<bool>("norm_first"),
          .normalise = config.get<bool>("normalise", false)};
}

}  // namespace cfo::codecs
