#include "base/process/interrupt.h"

#include <doctest/doctest.h>

#include <csignal>

using cfo::process::InterruptHandler;

TEST_CASE("a signal asks for a stop, unless it was ignored before") {
  std::signal(SIGHUP, SIG_IGN);  // as nohup does
  struct sigaction before {}, after {};
  ::sigaction(SIGTERM, nullptr, &before);
  {
    const InterruptHandler handler;
    std::raise(SIGHUP);
    CHECK_FALSE(InterruptHandler::requested());
    std::raise(SIGTERM);
    CHECK(InterruptHandler::requested());
  }
  ::sigaction(SIGTERM, nullptr, &after);
  CHECK((after.sa_handler == before.sa_handler));
  ::sigaction(SIGHUP, nullptr, &after);
  CHECK((after.sa_handler == SIG_IGN));
  std::signal(SIGHUP, SIG_DFL);
}
