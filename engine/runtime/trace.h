// A Chrome/Perfetto trace: who worked on what, when, on which thread. Open the file in https://ui.perfetto.dev.
#pragma once

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace cfo::engine {

/// Streams complete events ("ph":"X") to a JSON file; thread-safe. The file is valid JSON once the trace is destroyed.
class Trace {
 public:
  using Clock = std::chrono::steady_clock;

  /// Throws Error when the file cannot be written.
  explicit Trace(const std::filesystem::path& file);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// `what` (node name) worked on `item` of `unit` from `begin` to `end` on the calling thread.
  void event(std::string_view what, std::string_view unit, std::string_view item, Clock::time_point begin,
             Clock::time_point end);

 private:
  std::mutex mutex_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  Clock::time_point start_ = Clock::now();
  bool first_ = true;
};

}  // namespace cfo::engine
