// Ctrl-C: the first one asks for a clean stop, the second ends the program at once.
#pragma once

#include <array>
#include <atomic>
#include <csignal>

namespace cfo::process {

/// While it lives, SIGINT, SIGTERM and SIGHUP set `requested()`; a second SIGINT exits with status 130 at once (the run
/// stays resumable: nothing unfinished has a final name). A signal that was ignored when it began stays ignored. One at
/// a time in a process.
class InterruptHandler {
 public:
  InterruptHandler();
  ~InterruptHandler();
  InterruptHandler(const InterruptHandler&) = delete;
  InterruptHandler& operator=(const InterruptHandler&) = delete;
  static const std::atomic<bool>& requested();

 private:
  std::array<struct sigaction, 3> before_{};
};

}  // namespace cfo::process
