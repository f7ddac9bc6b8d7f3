// Words for the user while a program works.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace cfo::process {

/// Prints where a program tells what it does. A terminal that has gone, or a full disk behind a log, ends nothing: the
/// words are lost, the work is not. For results, which must not be lost, fmt::print stays right: it throws.
template <typename... Args>
void say(std::FILE* stream, fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = fmt::format(format, std::forward<Args>(args)...);
  std::fwrite(text.data(), 1, text.size(), stream);
}

/// For the start of a program: descriptors 0 to 2 that are closed become /dev/null, so that no file of the program gets
/// their numbers and, with them, the program's words; and a reader that has gone ends nothing (SIGPIPE).
void prepare_streams();

struct OutputFate {
  bool arrived = true;
  std::string reason;  ///< why not; "" where the reader has gone by itself (| head)
};

/// For its end: whether all that was printed to stdout arrived.
OutputFate flush_output();

}  // namespace cfo::process
