#include "nodes/networks/layers/ssl/ssl_naming.h"

namespace cfo::layers {
namespace {

constexpr SslNames transformers_names = {.conv = "conv",
                                         .conv_layer_norm = "layer_norm",
                                         .conv_group_norm = "layer_norm",
                                         .feature_norm = "feature_projection.layer_norm",
                                         .projection = "feature_projection.projection",
                                         .position = "encoder.pos_conv_embed.conv",
                                         .attention = "attention",
                                         .attention_norm = "layer_norm",
                                         .wide = "feed_forward.intermediate_dense",
                                         .narrow = "feed_forward.output_dense",
                                         .feed_forward_norm = "final_layer_norm"};

constexpr SslNames fairseq_names = {.conv = "0",
                                    .conv_layer_norm = "2.1",
                                    .conv_group_norm = "2",
                                    .feature_norm = "layer_norm",
                                    .projection = "post_extract_proj",
                                    .position = "encoder.pos_conv.0",
                                    .attention = "self_attn",
                                    .attention_norm = "self_attn_layer_norm",
                                    .wide = "fc1",
                                    .narrow = "fc2",
                                    .feed_forward_norm = "final_layer_norm"};

}  // namespace

const SslNames& fairseq_ssl_names() { return fairseq_names; }

const SslNames& transformers_ssl_names() { return transformers_names; }

const SslNames& ssl_names(const tensors::WeightScope& scope) {
  return scope.has("feature_extractor.conv_layers.0.0.weight") ? fairseq_names : transformers_names;
}

}  // namespace cfo::layers
