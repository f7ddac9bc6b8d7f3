// What the commands have in common: threads, peaks, and JSON that begins with the machine.
#pragma once

#include <string>
#include <vector>

#include "bench/commands/commands.h"
#include "bench/measure/machine.h"
#include "bench/print/report.h"

namespace cfo::bench {

/// Those asked for, else one, and as many as cores on a CPU that has several.
inline std::vector<int> threads_of(const Measuring& measuring, const Machine& machine) {
  if (!measuring.threads.empty()) return measuring.threads;
  if (measuring.device != "cpu" || machine.cores == 1) return {1};
  return {1, machine.cores};
}

inline std::vector<Peak> measure_peaks(const std::vector<int>& threads, c10::Device device) {
  std::vector<Peak> peaks;
  for (const int count : threads) peaks.push_back(measure_peak(count, 0.5, device));
  return peaks;
}

/// The figures below the machine that they are of, as text.
inline std::string json_text(const Machine& machine, const std::string& device, const Json& figures) {
  Json json = {{"machine", machine_json(machine, device)}};
  json.update(figures);
  return json.dump(2) + "\n";
}

}  // namespace cfo::bench
