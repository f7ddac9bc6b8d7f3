#include "base/process/interrupt.h"

#include <unistd.h>

#include <array>
#include <csignal>

namespace cfo::process {
namespace {

// A signal handler can reach nothing but statics.
std::atomic<bool> interrupt_requested{false};

void handle(int signal) {
  if (interrupt_requested.exchange(true) && signal == SIGINT) ::_exit(130);
  constexpr char note[] = "\ninterrupted: finishing what is under way (Ctrl-C again ends at once)\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, note, sizeof note - 1);
}

constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};

}  // namespace

InterruptHandler::InterruptHandler() {
  interrupt_requested = false;
  for (std::size_t i = 0; i < signals.size(); ++i) {
    ::sigaction(signals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler == SIG_IGN) continue;  // nohup, or a shell's background job: it stays ignored
    struct sigaction action {};
    action.sa_handler = &handle;
    action.sa_flags = SA_RESTART;
    ::sigaction(signals[i], &action, nullptr);
  }
}

InterruptHandler::~InterruptHandler() {
  for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
}

const std::atomic<bool>& InterruptHandler::requested() { return interrupt_requested; }

}  // namespace cfo::process
