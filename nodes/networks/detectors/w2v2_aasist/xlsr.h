// The parameters of wav2vec 2.0 / XLS-R as a trainable front-end (Babu et al., "XLS-R", Interspeech 2022;
// facebookresearch/fairseq fairseq/models/wav2vec/wav2vec2.py). What it computes is layers/ssl/ssl_encoder.h.
#pragma once

#include <string>

#include "nodes/networks/detectors/modules/parameters.h"
#include "nodes/networks/layers/ssl/ssl_encoder.h"

namespace cfo::detectors {

struct XlsrConfig {
  layers::SslOptions network;
  // Of the pre-training alone: in the checkpoints, never used and never trained here.
  int64_t final_width = 768;    ///< final_dim
  int64_t codebooks = 2;        ///< latent_groups
  int64_t codebook_size = 320;  ///< latent_vars
};

/// XLS-R with 300 million parameters (fairseq wav2vec2_large_librivox): 317,390,592 of them with those of the
/// pre-training.
XlsrConfig xlsr_300m_config();
/// The shrunk one of the golden records: 3 layers 64 wide. For rehearsals and tests.
XlsrConfig xlsr_shrunk_config();

/// Declares every tensor of the published state dict below `prefix` (with its dot).
void declare_xlsr(ParameterSet& set, const std::string& prefix, const XlsrConfig& config);

}  // namespace cfo::detectors
