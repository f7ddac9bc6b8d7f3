#include "storage/download/download.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/digest.h"
#include "base/durable_file.h"
#include "storage/download/part_file.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr int most_attempts = 200;  // a connection that breaks after every few bytes is given up some time
constexpr double longest_wait = 60;

bool is_worth_waiting(long status) {
  return status == 408 || status == 425 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

std::string_view advice(long status) {
  if (status == 401 || status == 403)
    return "it is to be had with an account that may see it: log in or accept its terms at the address's page, and set "
           "HF_TOKEN where that is huggingface.co";
  if (status == 404 || status == 410) return "the file has moved or was taken down: look at its page, then use 'add'";
  return "try again later";
}

/// A strong validator, which alone makes parts fit together (RFC 9110, 13.1.5).
std::string validator_of(const HttpReply& reply) {
  if (!reply.etag.empty()) return reply.etag.starts_with("W/") ? "" : reply.etag;
  return reply.last_modified;
}

/// Writes one reply into the part file.
class Reception : public HttpReceiver {
 public:
  Reception(PartFile& part, const DownloadTask& task, DownloadWatcher& watcher)
      : part_(part), task_(task), watcher_(watcher) {}

  void begin(const HttpReply& reply) override {
    if (reply.status != 200 && reply.status != 206) return;
    writes_ = true;
    const bool follows = reply.status == 206 && reply.first == part_.size() &&
                         (validator_of(reply).empty() || validator_of(reply) == part_.validator());
    if (reply.status == 206 && !follows) {
      part_.begin("");
      throw HttpBroken("{}: the server gave another part than the one that was asked for", task_.url);
    }
    if (reply.status == 200) part_.begin(validator_of(reply));
    const std::uint64_t whole = reply.bytes ? part_.size() + *reply.bytes : 0;
    if (whole > 0 && task_.size > 0 && whole != task_.size) {
      part_.begin("");
      throw Error("{}: the server has {} bytes where the published file has {}; it is another file now", task_.url,
                  whole, task_.size);
    }
    if (whole > 0) require_room(task_.path.parent_path(), *reply.bytes);
    watcher_.size(part_.size(), whole > 0 ? whole : task_.size);
  }

  void bytes(std::string_view bytes) override {
    if (!writes_) return;
    part_.append(bytes);
    received_ += bytes.size();
    watcher_.received(bytes.size());
  }

  std::uint64_t received() const { return received_; }

 private:
  PartFile& part_;
  const DownloadTask& task_;
  DownloadWatcher& watcher_;
  bool writes_ = false;
  std::uint64_t received_ = 0;
};

void wait(double seconds, const std::atomic<bool>* stop, const std::string& url) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    if (stop != nullptr && stop->load()) throw HttpStopped("{}: stopped", url);
    const auto left = end - std::chrono::steady_clock::now();
    std::this_thread::sleep_for(std::min<std::chrono::duration<double>>(left, std::chrono::milliseconds(50)));
  }
}

/// How often it failed in a row, and how long to wait before the next attempt.
class Patience {
 public:
  Patience(const DownloadTask& task, const DownloadSettings& settings, DownloadWatcher& watcher)
      : task_(task), settings_(settings), watcher_(watcher) {}

  /// Waits; throws Error when it was the last attempt.
  void failed(const std::string& reason, bool progressed, double asked = 0) {
    if (progressed) in_a_row_ = 0;
    ++in_a_row_, ++in_all_;
    if (in_a_row_ >= settings_.attempts || in_all_ >= most_attempts)
      throw Error("{} ({} attempts); the same command goes on from here later", reason, in_all_);
    if (asked > settings_.longest_asked)
      throw Error("{}; the server asks to come back in {:.0f} s: give the same command then", reason, asked);
    const double own = std::min(longest_wait, settings_.first_wait * std::exp2(in_a_row_ - 1));
    const double pause = std::max(asked, own);
    watcher_.note(fmt::format("{}; again in {:.3g} s", reason, pause));
    wait(pause, settings_.http.stop, task_.url);
  }

 private:
  const DownloadTask& task_;
  const DownloadSettings& settings_;
  DownloadWatcher& watcher_;
  int in_a_row_ = 0, in_all_ = 0;
};

/// Until all bytes are there; the digest that the server announces for them, "" where it does none.
std::string receive(HttpSession& session, PartFile& part, const DownloadTask& task, const DownloadSettings& settings,
                    DownloadWatcher& watcher) {
  Patience patience(task, settings, watcher);
  for (;;) {
    if (part.validator().empty() && part.size() > 0) part.begin("");  // nothing to know the file by again
    const HttpRequest request{.url = task.url, .head = false, .from = part.size(), .if_range = part.validator()};
    Reception reception(part, task, watcher);
    HttpReply reply;
    try {
      reply = session.perform(request, reception);
    } catch (const HttpBroken& error) {
      part.keep();
      patience.failed(error.what(), reception.received() > 0);
      continue;
    }
    if (reply.status == 200 || reply.status == 206) return reply.sha256;
    if (reply.status == 416 && request.from > 0) {  // nothing after the last byte that is here
      if (reply.whole == part.size()) return reply.sha256;
      part.begin("");
      patience.failed(fmt::format("{}: the file has changed", task.url), false);
      continue;
    }
    const std::string reason = fmt::format("{}: the server answers {}", task.url, reply.status);
    if (!is_worth_waiting(reply.status)) throw Error("{}; {}", reason, advice(reply.status));
    patience.failed(reason, false, reply.retry_after);
  }
}

/// Throws Error when the bytes are not the file.
Downloaded checked(const DownloadTask& task, const std::string& announced) {
  const fs::path file = partial_name(task.path);
  const Downloaded result{fs::file_size(file), digest_of_file(file)};
  if (result.size == 0) throw Error("{}: the server sent an empty file", task.url);
  if (task.size > 0 && result.size != task.size)
    throw Error("{}: {} bytes came where the published file has {}", task.url, result.size, task.size);
  if (task.accept) task.accept(file);  // before the digests: that it is a web page tells more
  if (!announced.empty() && announced != result.sha256) {
    throw Error("{}: what came has the SHA-256 {} instead of {}, which the server announced; try again", task.url,
                result.sha256, announced);
  }
  if (!task.sha256.empty() && task.sha256 != result.sha256) {
    throw Error("{}: what came has the SHA-256 {} instead of {}{}", task.url, result.sha256, task.sha256,
                task.mismatch_advice);
  }
  return result;
}

}  // namespace

void require_room(const fs::path& folder, std::uint64_t bytes) {
  fs::path there = folder.empty() ? fs::path(".") : folder;
  while (there.has_relative_path() && !fs::exists(there)) there = there.has_parent_path() ? there.parent_path() : ".";
  std::error_code fault;
  const auto space = fs::space(there, fault);
  if (fault || space.available >= bytes) return;
  throw OutOfSpace(
      "{}: needs {:.2f} GB and the disk has {:.2f} GB free; free some space and run the same command again",
      folder.string(), static_cast<double>(bytes) / 1e9, static_cast<double>(space.available) / 1e9);
}

Downloaded download(HttpSession& session, const DownloadTask& task, const DownloadSettings& settings,
                    DownloadWatcher& watcher) {
  for (bool again = false;; again = true) {
    PartFile part(task.path, task.url);
    const bool resumed = part.size() > 0;
    if (!resumed) part.begin("");
    const std::string announced = receive(session, part, task, settings, watcher);
    try {
      part.keep();
      const Downloaded result = checked(task, announced);
      part.finish();
      publish(task.path);
      return result;
    } catch (const OutOfSpace&) {
      throw;
    } catch (const Error& error) {
      part.discard();
      if (!resumed || again) throw;
      watcher.note(fmt::format("{}; the parts do not fit together: once more from the beginning", error.what()));
    }
  }
}

}  // namespace cfo::storage
