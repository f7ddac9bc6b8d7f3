// What every family asks of its inputs, said once.
#pragma once

#include <ATen/core/Tensor.h>

#include "nodes/networks/codecs/codec.h"

namespace cfo::codecs {

/// Throws Error naming the codec unless `wave` is float32 [B, 1, T] with B >= 1 and T >= `shortest` samples.
void check_wave(const Card& card, const at::Tensor& wave, int64_t shortest = 1);

/// Throws Error naming the codec unless `codes` has `streams` streams of int64 [B, K, F], one B in all.
void check_streams(const Card& card, const Codes& codes, std::size_t streams = 1);

/// What a stage before handed on under `name`. Throws Error naming the codec where it is not there.
at::Tensor extra(const Card& card, const std::map<std::string, at::Tensor>& extras, const std::string& name);

}  // namespace cfo::codecs
