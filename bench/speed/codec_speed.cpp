#include "bench/speed/codec_speed.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <future>
#include <latch>

#include "nodes/networks/tensors/compute.h"
#include "nodes/networks/tensors/seeded_weights.h"

namespace cfo::bench {
namespace {

constexpr uint64_t noise_seed = 1;
constexpr double noise_peak = 0.3;  // of full scale: the level of loud speech

at::Tensor make_waves(const codecs::Codec& codec, const CodecSettings& settings) {
  const auto samples = static_cast<int64_t>(settings.seconds * static_cast<double>(codec.card().sample_rate));
  return tensors::seeded_tensor("wave", {settings.batch, 1, samples}, -noise_peak, noise_peak, noise_seed)
      .to(settings.device);
}

/// Waits until the device has computed `tensor`.
void finish(const at::Tensor& tensor) { tensor.flatten().slice(0, 0, 1).to(at::kCPU); }

/// One pass through the stages. `around(stage, work)` is called for each and calls `work`.
template <typename Around>
void pass(const codecs::Codec& codec, const at::Tensor& waves, const Around& around) {
  codecs::Latent latent;
  codecs::Codes codes;
  around(0, [&] { finish((latent = codec.encode(waves)).values); });
  around(1, [&] { finish((codes = codec.quantize(latent)).streams.front()); });
  around(2, [&] { finish(codec.decode(codes)); });
}

constexpr std::array stage_names = {"encode", "quantize", "decode", "total"};
constexpr std::size_t total = 3;
using PassTimes = std::array<Times, stage_names.size()>;

PassTimes timed_pass(const codecs::Codec& codec, const at::Tensor& waves) {
  PassTimes times;
  pass(codec, waves, [&](std::size_t stage, const auto& work) {
    const Stopwatch watch;
    work();
    times[stage] = watch.read();
    times[total] += times[stage];
  });
  return times;
}

std::array<OperationCount, stage_names.size()> counted_pass(const codecs::Codec& codec, const at::Tensor& waves) {
  std::array<OperationCount, stage_names.size()> counts;
  pass(codec, waves, [&](std::size_t stage, const auto& work) {
    counts[stage] = count_operations(work);
    counts[total].convolution += counts[stage].convolution;
    counts[total].matrix += counts[stage].matrix;
  });
  return counts;
}

std::vector<StageSpeed> measure_stages(const codecs::Codec& codec, const at::Tensor& waves, int repeat) {
  const tensors::Inference inference;
  const auto counts = counted_pass(codec, waves);  // also warms caches and memory up
  std::array<std::vector<Times>, stage_names.size()> passes;
  for (int i = 0; i < repeat; ++i) {
    const PassTimes times = timed_pass(codec, waves);
    for (std::size_t stage = 0; stage < times.size(); ++stage) passes[stage].push_back(times[stage]);
  }
  std::vector<StageSpeed> stages;
  for (std::size_t stage = 0; stage < stage_names.size(); ++stage) {
    stages.push_back({stage_names[stage], middle(std::move(passes[stage])), counts[stage]});
  }
  return stages;
}

/// Arrives at a latch when it goes, also when an exception is on its way.
struct Arrival {
  std::latch& latch;
  ~Arrival() { latch.count_down(); }
};

/// `threads` threads make `repeat` passes each; the time runs from when all have made one to warm up until the last is
/// through.
ScalingPoint measure_scaling(const codecs::Codec& codec, const at::Tensor& waves, int threads, int repeat,
                             double audio_seconds) {
  std::latch warm(threads + 1);
  std::vector<std::future<void>> workers;
  for (int i = 0; i < threads; ++i) {
    workers.push_back(std::async(std::launch::async, [&] {
      const tensors::Inference inference;
      {
        const Arrival arrival{warm};
        timed_pass(codec, waves);
      }
      warm.wait();
      for (int n = 0; n < repeat; ++n) timed_pass(codec, waves);
    }));
  }
  warm.arrive_and_wait();
  const Stopwatch watch;
  for (auto& worker : workers) worker.get();
  return {threads, audio_seconds * repeat * threads, watch.read()};
}

std::vector<LayerTime> slowest_of(const codecs::Codec& codec, const at::Tensor& waves) {
  constexpr std::size_t most = 5;
  const tensors::Inference inference;
  return slowest_layers([&] { pass(codec, waves, [](std::size_t, const auto& work) { work(); }); }, most);
}

}  // namespace

CodecSpeed measure_codec(const codecs::Codec& codec, const CodecSettings& settings) {
  const at::Tensor waves = make_waves(codec, settings);
  CodecSpeed speed{codec.card().name, settings.seconds * static_cast<double>(settings.batch), {}, {}, {}};
  speed.stages = measure_stages(codec, waves, settings.repeat);
  speed.slowest = slowest_of(codec, waves);
  for (const int threads : settings.threads) {
    speed.scaling.push_back(measure_scaling(codec, waves, threads, settings.repeat, speed.audio_seconds));
  }
  return speed;
}

double count_codec(const codecs::Codec& codec) {
  const tensors::Inference inference;
  const CodecSettings one_second{.seconds = 1, .threads = {}};
  return counted_pass(codec, make_waves(codec, one_second))[total].flops();
}

}  // namespace cfo::bench
