// The fixed band-pass filters of AASIST's front end.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cfo::detectors {

struct SincFilters {
  int64_t filters = 70;
  int64_t taps = 129;  ///< odd
  int64_t sample_rate = 16000;
};

/// [filters, taps] float32: Hamming-windowed ideal band passes whose edges are equally spaced in mel from 0 Hz to half
/// the sample rate (clovaai/aasist models/AASIST.py CONV; after Ravanelli and Bengio 2018, SincNet).
at::Tensor sinc_filters(const SincFilters& design);

}  // namespace cfo::detectors
