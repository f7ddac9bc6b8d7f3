// What HuBERT and wav2vec 2.0 call their parts: Hugging Face transformers and fairseq publish the same networks under
// different names.
#pragma once

#include <string_view>

#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

/// Names of the parts below the network's scope, those of a convolution below its `feature_extractor.conv_layers.<i>`,
/// and those of a transformer layer below its `encoder.layers.<i>`.
struct SslNames {
  std::string_view conv, conv_layer_norm, conv_group_norm;
  std::string_view feature_norm, projection, position;
  std::string_view attention, attention_norm, wide, narrow, feed_forward_norm;
};

/// fairseq/models/wav2vec/wav2vec2.py.
const SslNames& fairseq_ssl_names();
/// models/hubert/modeling_hubert.py of transformers.
const SslNames& transformers_ssl_names();

/// The names under which `scope` holds a network: fairseq's where its first convolution has one of those, else
/// those of transformers.
const SslNames& ssl_names(const tensors::WeightScope& scope);

}  // namespace cfo::layers
