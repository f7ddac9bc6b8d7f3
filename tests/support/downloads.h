// What the tests of downloads share: bytes, a watcher that takes notes, and settings that wait little.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "storage/download/download.h"
#include "tests/support/temporary_folder.h"

namespace cfo::test {

using storage::Downloaded;
using storage::DownloadSettings;
using storage::DownloadTask;
using storage::DownloadWatcher;
using storage::HttpSession;
using storage::HttpSettings;

/// Bytes without a period, so that parts in the wrong place show.
inline std::string some_bytes(std::size_t size, unsigned seed = 1) {
  std::string bytes(size, '\0');
  unsigned state = seed;
  for (char& c : bytes) c = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  return bytes;
}

class Notes : public DownloadWatcher {
 public:
  void size(std::uint64_t have, std::uint64_t whole) override { sizes.emplace_back(have, whole); }
  void received(std::uint64_t bytes) override {
    total += bytes;
    if (stop != nullptr && total >= stop_after) stop->store(true);
  }
  void note(const std::string& text) override { texts.push_back(text); }

  std::vector<std::pair<std::uint64_t, std::uint64_t>> sizes;
  std::vector<std::string> texts;
  std::uint64_t total = 0, stop_after = 0;
  std::atomic<bool>* stop = nullptr;
};

inline DownloadSettings quick(HttpSettings http = {}) {
  return {.http = std::move(http), .attempts = 4, .first_wait = 0.01, .longest_asked = 5};
}

inline Downloaded get(const DownloadTask& task, Notes& notes, const DownloadSettings& settings = quick()) {
  HttpSession session(settings.http);
  return download(session, task, settings, notes);
}

inline std::string fault_of(const DownloadTask& task, const DownloadSettings& settings = quick()) {
  Notes notes;
  return sentence_of([&] { get(task, notes, settings); });
}

inline bool nothing_left(const TemporaryFolder& folder) { return std::filesystem::is_empty(folder.path()); }

}  // namespace cfo::test
