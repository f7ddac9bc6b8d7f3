// What cfo-bench found, as text for people and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/measure/clocks.h"
#include "bench/measure/machine.h"
#include "bench/speed/codec_speed.h"
#include "bench/speed/detector_speed.h"
#include "bench/speed/load_speed.h"
#include "bench/speed/run_speed.h"

namespace cfo::bench {

using Json = nlohmann::ordered_json;

/// "AMD EPYC, 2 cores, libtorch 1.13.0 (AVX2), device cpu"
std::string machine_text(const Machine& machine, const std::string& device);
Json machine_json(const Machine& machine, const std::string& device);

/// "matrix-multiply peak, 1 thread: 89.0 GFLOP/s (float32 at::mm, 2048 x 2048)"
std::string peak_text(const Peak& peak);
Json peak_json(const Peak& peak);

/// A codec's stages against the peak of one thread, and its scaling against the peaks of as many threads each.
struct CodecFigures {
  const CodecSpeed& speed;
  const Peak& single;
  const std::vector<Peak>& peaks;  ///< one for each scaling point
};
std::string codec_text(const CodecFigures& figures);
Json codec_json(const CodecFigures& figures);

std::string detector_text(const DetectorSpeed& speed);
Json detector_json(const DetectorSpeed& speed);

/// Of UTMOS, over `audio` seconds a pass.
std::string quality_text(double audio, const Times& times);
Json quality_json(double audio, const Times& times);

std::string load_text(const std::vector<LoadSpeed>& speeds);
Json load_json(const std::vector<LoadSpeed>& speeds);

/// A run's flows against the peak of all its threads; `measured`: of the whole run, where it was made for the
/// measurement.
struct RunFigures {
  const RunSpeed& speed;
  const std::optional<Times>& measured;
  const RunOperations& operations;
  const Peak& peak;
};
std::string run_text(const RunFigures& figures);
Json run_json(const RunFigures& figures);

}  // namespace cfo::bench
