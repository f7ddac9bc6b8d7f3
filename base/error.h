// The one error type of CFO, and how a caller adds where it happened.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace cfo {

/// A problem told in one sentence that names the file (or node, tensor, option) and says what to do.
///
///     throw Error("{}: not a WAV, FLAC, OGG or MP3 file; convert it with ffmpeg", path.string());
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& sentence) : std::runtime_error(sentence) {}
  template <typename... Args>
  explicit Error(fmt::format_string<Args...> format, Args&&... args)
      : std::runtime_error(fmt::format(format, std::forward<Args>(args)...)) {}
};

/// Something is in the way that lies with the machine, not with the file: no permission, a disk or a network that does
/// not answer, too little memory, a file that is not there for now. The same work may succeed later.
class MachineFault : public Error {
 public:
  using Error::Error;
};

/// The disk is full or a folder cannot be written: nothing useful can follow, so a run stops (and can be resumed).
class OutOfSpace : public Error {
 public:
  using Error::Error;
};

}  // namespace cfo
