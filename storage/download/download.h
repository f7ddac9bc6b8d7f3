// One file over HTTP: resumed after a break, tried again when a server asks for it, whole and verified or not there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "storage/download/http.h"

namespace cfo::storage {

struct DownloadTask {
  std::string url;
  std::filesystem::path path;
  std::uint64_t size = 0;            ///< of the published file where known, else 0
  std::string sha256 = {};           ///< likewise, else ""
  std::string mismatch_advice = {};  ///< ends the sentence about another digest: where this one is from, what to do
  /// Looks at the file (under its temporary name) when its bytes are all there; what it throws refuses them.
  std::function<void(const std::filesystem::path& file)> accept = {};
};

/// Told from the thread that downloads.
class DownloadWatcher {
 public:
  virtual ~DownloadWatcher() = default;
  virtual void size(std::uint64_t have, std::uint64_t whole) = 0;  ///< at each beginning; whole is 0 where unknown
  virtual void received(std::uint64_t bytes) = 0;
  virtual void note(const std::string& text) = 0;  ///< "broke off; again in 2 s"
};

struct DownloadSettings {
  HttpSettings http = {};
  int attempts = 6;            ///< in a row that bring no byte
  double first_wait = 1;       ///< seconds, doubled from attempt to attempt up to a minute
  double longest_asked = 600;  ///< seconds; a server that asks for a longer wait (Retry-After) is not waited for
};

struct Downloaded {
  std::uint64_t size = 0;
  std::string sha256;
};

/// Fetches `task.url` to `task.path`, durably and by rename; what was at the path before is replaced, and stays when it
/// fails. Until then the bytes lie at partial_name(path): a later call goes on from them (Range with If-Range), and
/// starts anew where the server has another file by then or gives no parts. Bytes that are not the file (size, digest,
/// `accept`) are removed. Throws HttpStopped, OutOfSpace (before the first byte, where the server tells the size) or
/// Error with the address, what went wrong and what to do.
Downloaded download(HttpSession& session, const DownloadTask& task, const DownloadSettings& settings,
                    DownloadWatcher& watcher);

/// Throws OutOfSpace when the disk that `folder` is (or will be) on has less than `bytes` free.
void require_room(const std::filesystem::path& folder, std::uint64_t bytes);

}  // namespace cfo::storage
