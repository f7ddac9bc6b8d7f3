#include "base/process/interrupt.h"

#include <csignal>
#include <unistd.h>

#include <initializer_list>

namespace cfo::process {
namespace {

// A signal handler can reach nothing but statics.
std::atomic<bool> interrupt_requested{false};

void handle(int signal) {
  if (interrupt_requested.exchange(true) && signal == SIGINT) ::_exit(130);
  constexpr char note[] = "\ninterrupted: finishing what is under way (Ctrl-C again ends at once)\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, note, sizeof note - 1);
}

void install(void (*handler)(int)) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace

InterruptHandler::InterruptHandler() {
  interrupt_requested = false;
  install(&handle);
}

InterruptHandler::~InterruptHandler() { install(SIG_DFL); }

const std::atomic<bool>& InterruptHandler::requested() { return interrupt_requested; }

}  // namespace cfo::process
