// Every node kind, one function and one file (of the same name) each. register.h puts them into a registry.
#pragma once

#include "engine/kind/kind.h"

namespace cfo::kinds {

// In the flow.
engine::Kind load_corpus_kind();   ///< source: reads the utterances of a corpus
engine::Kind resample_kind();      ///< audio at another rate
engine::Kind encode_kind();        ///< audio to a codec's latent
engine::Kind quantize_kind();      ///< latent to codes
engine::Kind decode_kind();        ///< codes to audio
engine::Kind measure_snr_kind();   ///< signal-to-noise ratio against a reference
engine::Kind quality_kind();       ///< naturalness by UTMOS
engine::Kind write_shards_kind();  ///< sink: HDF5 shards

// Tasks.
engine::Kind fit_codec_kind();   ///< codebooks of a built-in codec from the training split
engine::Kind train_kind();       ///< a countermeasure from shards
engine::Kind load_model_kind();  ///< a published countermeasure
engine::Kind score_kind();       ///< scores and embeddings of shards
engine::Kind report_kind();      ///< tables, figures and the HTML page

}  // namespace cfo::kinds
