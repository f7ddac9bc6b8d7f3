// How a published file stands on this machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "nodes/weights/catalogue.h"
#include "nodes/weights/lock.h"

namespace cfo::weights {

enum class FileState {
  missing,
  partial,     ///< a download that was broken off: fetch goes on
  present,     ///< with the digest of the card or of weights.lock
  unrecorded,  ///< it opens, and no digest is known
  differs,     ///< another digest than the card's or weights.lock's
  unreadable,
};
std::string_view state_word(FileState state);

struct FileStanding {
  FileState state = FileState::missing;
  std::string detail = {};  ///< of the last two: the sentence; of a partial one how much there is
  std::uint64_t size = 0;   ///< bytes here, else as published where known, else 0
  std::string sha256 = {};  ///< of the file here where it was digested, else as published where known, else ""
};

/// Digests the file where a digest is known and the file is not as it was when it was recorded.
FileStanding standing_of(const PublishedFile& file, const WeightsLock& lock);

}  // namespace cfo::weights
