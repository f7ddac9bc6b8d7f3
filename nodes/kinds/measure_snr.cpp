// measure_snr: how far audio is from what it was made of.
#include <algorithm>

#include "base/error.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/fields.h"
#include "nodes/networks/metrics/snr.h"
#include "storage/audio/audio.h"

namespace cfo::kinds {
namespace {

class MeasureSnr : public engine::Node {
 public:
  void process(std::span<engine::Work> batch) override {
    for (auto& work : batch) {
      const auto& degraded = work.inputs[0]->get(fields::audio);
      const auto& reference = work.inputs[1]->get(fields::audio);
      work.output.set(fields::snr_db, {snr_db(degraded, reference)});
    }
  }

 private:
  /// Over the samples that both have: codecs may cut or add part of a frame at the end.
  static double snr_db(const storage::Audio& degraded, const storage::Audio& reference) {
    if (degraded.sample_rate != reference.sample_rate) {
      throw Error(
          "the degraded audio is at {} Hz and the reference at {} Hz; bring both to one rate with resample nodes",
          degraded.sample_rate, reference.sample_rate);
    }
    const std::size_t common = std::min(degraded.samples.size(), reference.samples.size());
    return metrics::snr_db(std::span(reference.samples).first(common), std::span(degraded.samples).first(common));
  }
};

}  // namespace

engine::Kind measure_snr_kind() {
  return {.name = "measure_snr",
          .summary = "signal-to-noise ratio against a reference, as the number snr_db (dB)",
          .role = engine::Role::transform,
          .ports = {{.name = "degraded", .reads = {fields::audio}}, {.name = "reference", .reads = {fields::audio}}},
          .writes = {fields::snr_db},
          .make = [](const engine::NodeContext&) { return std::make_unique<MeasureSnr>(); }};
}

}  // namespace cfo::kinds
