#include "base/process/say.h"

#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace cfo::process {

void prepare_streams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is taken: this one.
    [[maybe_unused]] const int opened = ::open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY);
  }
  std::signal(SIGPIPE, SIG_IGN);
}

OutputFate flush_output() {
  static int first_error = 0;
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  if (errno != 0) first_error = errno;
  if (first_error == EPIPE) return {false, ""};
  return {false, first_error == 0 ? "it cannot be written to" : std::generic_category().message(first_error)};
}

}  // namespace cfo::process
