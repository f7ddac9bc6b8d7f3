// What each command of cfo-bench measures, as the text it prints: for people, or JSON.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cfo::bench {

/// What several commands have in common.
struct Measuring {
  bool json = false;
  std::string device = "cpu";
  std::vector<int> threads = {};  ///< side by side, one measurement each; empty: one, and as many as cores
};

/// The matrix-multiply peak of this machine.
std::string bench_peak(const Measuring& measuring);

/// What the engine costs a unit, for runs of as many units as each of `counts`.
std::string bench_units(const std::vector<int64_t>& counts, const Measuring& measuring);

struct CodecRequest {
  std::string codec;                            ///< name of a card
  std::optional<std::filesystem::path> tables;  ///< codebooks of a fitted codec
  std::string weights_like;  ///< "": the published weights, else random ones of the shapes listed there
                             ///< (bench/measure/seeded_weights.h)
  std::string config;        ///< "": the card's numbers, else a file of others
  double seconds = 10;       ///< of each utterance
  int repeat = 5;            ///< measured passes
  int64_t batch = 1;         ///< utterances a call
};
std::string bench_codec(const CodecRequest& request, const Measuring& measuring);

struct DetectorRequest {
  std::string detector;
  int64_t samples = 0;  ///< of an utterance at 16 kHz; 0: the published recipe's
  int64_t batch = 2;    ///< utterances a training step
  int repeat = 5;
};
std::string bench_detector(const DetectorRequest& request, const Measuring& measuring);

struct QualityRequest {
  std::string weights_like;  ///< folder of UTMOS's golden record
  double seconds = 10;
  int repeat = 5;
};
std::string bench_quality(const QualityRequest& request, const Measuring& measuring);

struct LoadRequest {
  std::string what;          ///< a checkpoint, or with `weights_like` a codec
  std::string weights_like;  ///< "", or the folder of the codec's golden record: checkpoints of its shapes are made
  std::string keep;          ///< "", or the folder in which these are kept
  int repeat = 5;
};
std::string bench_load(const LoadRequest& request, bool json);

struct GraphRequest {
  std::string graph;                  ///< a run folder, or a graph to run from nothing
  std::vector<std::string> set = {};  ///< as cfo-run --set
  std::string output;                 ///< "", or the new folder in which the run is kept
  bool bars = false;                  ///< show progress in bars
};
/// Nothing when `stop` ended the run. Throws Error for a run that fails, and when `output` holds a run already.
std::optional<std::string> bench_graph(const GraphRequest& request, const Measuring& measuring,
                                       const std::atomic<bool>& stop);

}  // namespace cfo::bench
