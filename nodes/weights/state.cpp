#include "nodes/weights/state.h"

#include <filesystem>

#include "base/error.h"
#include "base/process/progress.h"
#include "nodes/weights/checks.h"
#include "nodes/weights/store.h"
#include "storage/download/part_file.h"

namespace cfo::weights {
namespace {

namespace fs = std::filesystem;

FileStanding look_at(const PublishedFile& file, const LockEntry* entry) {
  FileStanding standing;
  standing.size = fs::file_size(file.path);
  const bool as_recorded = entry != nullptr && entry->stamp == weight_stamp(file.path);
  const std::string& wanted = !file.card.sha256.empty() || entry == nullptr ? file.card.sha256 : entry->sha256;
  if (wanted.empty()) {
    require_opens(file.path, file.card);
    standing.state = FileState::unrecorded;
    return standing;
  }
  standing.sha256 = as_recorded ? entry->sha256 : content_digest(file.path);
  standing.state = standing.sha256 == wanted ? FileState::present : FileState::differs;
  if (standing.state == FileState::differs) {
    standing.detail = fmt::format("{}: has the SHA-256 {} instead of {} ({})", file.path.string(), standing.sha256,
                                  wanted, file.card.sha256.empty() ? "weights.lock" : "the card");
  }
  return standing;
}

}  // namespace

std::string_view state_word(FileState state) {
  switch (state) {
    case FileState::missing:
      return "missing";
    case FileState::partial:
      return "partial";
    case FileState::present:
      return "present";
    case FileState::unrecorded:
      return "unrecorded";
    case FileState::differs:
      return "digest differs";
    case FileState::unreadable:
      break;
  }
  return "unreadable";
}

FileStanding standing_of(const PublishedFile& file, const WeightsLock& lock) {
  const LockEntry* const entry = lock.find(file.key);
  std::error_code fault;
  if (fs::exists(file.path, fault) || fault) {
    try {
      return look_at(file, entry);
    } catch (const std::exception& error) {
      return {.state = FileState::unreadable, .detail = error.what()};
    }
  }
  FileStanding standing{.size = file.card.size, .sha256 = file.card.sha256};
  if (entry != nullptr) {
    if (standing.size == 0) standing.size = entry->size;
    if (standing.sha256.empty()) standing.sha256 = entry->sha256;
  }
  if (const auto kept = storage::PartFile::kept(file.path); kept > 0) {
    standing.state = FileState::partial;
    standing.detail = process::bytes_text(static_cast<double>(kept)) + " are there";
  }
  return standing;
}

}  // namespace cfo::weights
