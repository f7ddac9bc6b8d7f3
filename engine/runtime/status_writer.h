// Keeps RUN/status.json up to date while a run works.
#pragma once

#include <filesystem>
#include <thread>

#include "base/process/progress.h"

namespace cfo::engine {

/// Writes the status every few seconds from a thread of its own, and removes it when the run ends.
class StatusWriter {
 public:
  /// `progress` must outlive it.
  StatusWriter(std::filesystem::path run, std::size_t units, process::Progress& progress);
  ~StatusWriter();

 private:
  std::filesystem::path run_;
  std::jthread thread_;
};

}  // namespace cfo::engine
