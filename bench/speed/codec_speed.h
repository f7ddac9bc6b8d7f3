// How fast a codec is, stage by stage and with several utterances side by side.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/measure/clocks.h"
#include "bench/measure/operation_count.h"
#include "bench/measure/slowest_layers.h"
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::bench {

struct CodecSettings {
  double seconds = 10;             ///< of each utterance
  int repeat = 5;                  ///< measured passes; one more goes before, unmeasured
  int64_t batch = 1;               ///< utterances a call
  std::vector<int> threads = {1};  ///< utterances (or batches) side by side, each with one intra-op thread
  c10::Device device = c10::kCPU;
};

/// One stage, one thread.
struct StageSpeed {
  std::string name;           ///< "encode", "quantize", "decode" or "total"
  Times times;                ///< of the middle pass (median of the wall time)
  OperationCount operations;  ///< of one pass
};

/// All passes of some threads.
struct ScalingPoint {
  int threads = 1;
  double audio_seconds = 0;
  Times times;
};

struct CodecSpeed {
  std::string codec;
  double audio_seconds = 0;  ///< of one pass
  std::vector<StageSpeed> stages;
  std::vector<LayerTime> slowest;     ///< of one pass, one thread
  std::vector<ScalingPoint> scaling;  ///< one for each entry of CodecSettings::threads
  double flops_per_audio_second() const { return stages.back().operations.flops() / audio_seconds; }
};

/// Times encode, quantize and decode of seeded noise (the work does not depend on the samples). Throws Error when the
/// codec cannot take an utterance of that length.
CodecSpeed measure_codec(const codecs::Codec& codec, const CodecSettings& settings);

/// Floating-point operations that a second of audio takes.
double count_codec(const codecs::Codec& codec);

}  // namespace cfo::bench
