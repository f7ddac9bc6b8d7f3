#include "nodes/weights/fetch.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/process/progress.h"
#include "base/process/say.h"
#include "nodes/weights/checks.h"
#include "nodes/weights/state.h"
#include "nodes/weights/store.h"
#include "storage/download/part_file.h"
#include "storage/download/unpack.h"

namespace cfo::weights {
namespace {

namespace fs = std::filesystem;
const std::string hugging_face = "https://huggingface.co";

/// One download: a file, or an archive with some.
struct Job {
  std::string url;
  fs::path target;
  std::vector<std::size_t> files;  ///< into the list of all
  std::uint64_t size = 0;          ///< as the server says, 0 where it does not
};

/// Tells one download's course to the bars or lines of all.
class Watcher : public storage::DownloadWatcher {
 public:
  Watcher(process::Progress& progress, std::string unit, const FetchSettings& settings)
      : progress_(progress), unit_(std::move(unit)), lines_(!settings.bars && !settings.quiet) {}
  void size(std::uint64_t have, std::uint64_t whole) override {
    progress_.begin(unit_, static_cast<double>(whole), static_cast<double>(have));
    if (have > 0 && lines_)
      progress_.say(fmt::format("{}: goes on after {}", unit_, process::bytes_text(static_cast<double>(have))));
    progress_.note(unit_, "");
  }
  void received(std::uint64_t bytes) override { progress_.add(unit_, static_cast<double>(bytes)); }
  void note(const std::string& text) override {
    progress_.note(unit_, text);
    if (lines_) progress_.say(text);
  }

 private:
  process::Progress& progress_;
  std::string unit_;
  bool lines_;
};

class Fetch {
 public:
  Fetch(std::span<const Published* const> models, const FetchSettings& settings)
      : settings_(settings), root_(weights_root()), files_(files_of(models)), results_(files_.size()) {
    for (std::size_t i = 0; i < files_.size(); ++i) results_[i].key = files_[i].key;
  }

  std::vector<FetchedFile> run() {
    const WeightsGuard guard(root_, *settings_.download.http.stop, [&](const std::string& line) {
      if (!settings_.quiet) process::say(settings_.stream, "{}\n", line);
    });
    lock_.emplace(root_);
    plan();
    if (jobs_.empty()) return results_;
    in_parallel([&](storage::HttpSession& session, Job& job) { ask_size(session, job); });
    require_room_for_all();
    const auto total = std::accumulate(jobs_.begin(), jobs_.end(), 0.0,
                                       [](double sum, const Job& job) { return sum + static_cast<double>(job.size); });
    process::Progress progress(
        {.stream = settings_.stream, .bars = settings_.bars, .quiet = settings_.quiet, .bytes = true}, total, kept(),
        jobs_.size(), 0);
    in_parallel([&](storage::HttpSession& session, Job& job) { work(session, job, progress); });
    std::error_code not_empty;  // what is left of a broken archive stays for the next time
    fs::remove(archives(), not_empty);
    return results_;
  }

 private:
  bool stopped() const { return settings_.download.http.stop->load(); }
  fs::path archives() const { return root_ / ".archives"; }

  /// Which files are to come, and from where.
  void plan() {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const auto& file = files_[i];
      const FileStanding standing = standing_of(file, *lock_);
      const bool here = standing.state == FileState::present || standing.state == FileState::unrecorded;
      if (here && !settings_.again) {
        results_[i].result = FetchResult::present;
      } else if (file.card.url.empty()) {
        by_hand(i, standing);
      } else if (standing.state == FileState::differs && file.card.sha256.empty() && !settings_.again &&
                 !settings_.update_lock) {
        results_[i].detail = standing.detail + "; --again fetches the recorded file, 'add' takes the one that is there";
      } else {
        job_of(file).files.push_back(i);
        results_[i].result = FetchResult::stopped;
      }
    }
  }

  void by_hand(std::size_t i, const FileStanding& standing) {
    const auto& file = files_[i];
    results_[i].result = FetchResult::by_hand;
    results_[i].detail = fmt::format(
        "{}has no direct address: get {}{} from {} in a browser, then run 'cfo-weights add {} {}' (its place is {})",
        standing.state == FileState::missing ? "" : std::string(state_word(standing.state)) + "; ", file.card.file,
        file.card.member.empty() ? "" : " or the archive it is in",
        file.card.page.empty() ? file.users.front()->source : file.card.page, file.users.front()->name, file.card.file,
        file.path.string());
  }

  Job& job_of(const PublishedFile& file) {
    std::string url = file.card.url;
    if (!settings_.hub.empty() && url.starts_with(hugging_face) && url[hugging_face.size()] == '/')
      url = settings_.hub + url.substr(hugging_face.size());
    if (!file.card.member.empty()) {
      for (auto& job : jobs_) {
        if (job.url == url) return job;
      }
    }
    const auto target = file.card.member.empty() ? file.path : archives() / (digest_of(url).substr(0, 16) + ".archive");
    jobs_.push_back({.url = url, .target = target, .files = {}});
    return jobs_.back();
  }

  template <typename Work>
  void in_parallel(const Work& work) {
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> threads;
    const auto count = std::min<std::size_t>(static_cast<std::size_t>(std::max(1, settings_.jobs)), jobs_.size());
    for (std::size_t t = 0; t < count; ++t) {
      threads.emplace_back([&] {
        storage::HttpSession session(settings_.download.http);
        for (std::size_t i = next++; i < jobs_.size() && !stopped(); i = next++) work(session, jobs_[i]);
      });
    }
  }

  /// The size comes before the file; a server that will not say does no harm.
  void ask_size(storage::HttpSession& session, Job& job) const {
    try {
      const auto reply = session.head(job.url);
      if (reply.status == 200) job.size = reply.bytes.value_or(0);
    } catch (const std::exception&) {  // told when the file itself is asked for
    }
  }

  double kept() const {
    return std::accumulate(jobs_.begin(), jobs_.end(), 0.0, [](double sum, const Job& job) {
      return sum + static_cast<double>(storage::PartFile::kept(job.target));
    });
  }

  void require_room_for_all() const {
    std::uint64_t needed = 0;
    for (const auto& job : jobs_) {
      const auto have = storage::PartFile::kept(job.target);
      needed += job.size > have ? job.size - have : 0;
    }
    storage::require_room(root_, needed);
  }

  bool is_archive(const Job& job) const { return !files_[job.files.front()].card.member.empty(); }

  void work(storage::HttpSession& session, Job& job, process::Progress& progress) {
    const auto& first = files_[job.files.front()];
    const std::string unit = is_archive(job) ? first.users.front()->name + " (archive)" : first.key;
    Watcher watcher(progress, unit, settings_);
    progress.begin(unit, static_cast<double>(job.size));
    try {
      const auto bytes = is_archive(job) ? fetch_archive(session, job, watcher) : fetch_file(session, job, watcher);
      progress.end(unit, process::bytes_text(static_cast<double>(bytes)));
    } catch (const storage::HttpStopped&) {
      progress.abandon(unit);
    } catch (const std::exception& error) {
      fail(job, error.what(), unit, progress);
    }
  }

  void fail(const Job& job, const std::string& sentence, const std::string& unit, process::Progress& progress) {
    for (const auto i : job.files) {
      results_[i].result = FetchResult::failed;
      results_[i].detail = sentence;
    }
    progress.abandon(unit);
    progress.failure();
  }

  std::uint64_t fetch_file(storage::HttpSession& session, const Job& job, Watcher& watcher) {
    const std::size_t i = job.files.front();
    const auto& file = files_[i];
    const auto expected = expected_of(file);
    const auto result = storage::download(session,
                                          {.url = job.url,
                                           .path = file.path,
                                           .size = file.card.size,
                                           .sha256 = expected.sha256,
                                           .mismatch_advice = expected.advice,
                                           .accept = [&](const fs::path& part) { accept(part, job.url, file); }},
                                          settings_.download, watcher);
    record(i, job.url, result.size, result.sha256);
    return result.size;
  }

  std::uint64_t fetch_archive(storage::HttpSession& session, const Job& job, Watcher& watcher) {
    std::vector<storage::UnpackPart> parts;
    for (const auto i : job.files) parts.push_back({files_[i].card.member, files_[i].path});
    std::vector<std::string> digests(parts.size());
    const auto unpack_and_check = [&](const fs::path& archive) {
      try {
        storage::unpack(archive, parts);
      } catch (const OutOfSpace&) {
        throw;
      } catch (const Error& error) {
        throw Error("{}: what came is not the archive: {}", job.url, error.what());
      }
      for (std::size_t p = 0; p < parts.size(); ++p) {
        const auto& file = files_[job.files[p]];
        accept(partial_name(file.path), job.url, file);
        digests[p] = digest_of_file(partial_name(file.path));
        require_digest(job.url + ": " + file.card.file, digests[p], expected_of(file));
      }
    };
    const auto result = storage::download(session, {.url = job.url, .path = job.target, .accept = unpack_and_check},
                                          settings_.download, watcher);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      publish(parts[p].target);
      record(job.files[p], job.url, fs::file_size(parts[p].target), digests[p]);
    }
    std::error_code ignored;
    fs::remove(job.target, ignored);
    return result.size;
  }

  ExpectedDigest expected_of(const PublishedFile& file) {
    const std::scoped_lock lock(mutex_);
    return expected_digest(file, *lock_, settings_.update_lock);
  }

  static void accept(const fs::path& part, const std::string& url, const PublishedFile& file) {
    try {
      require_opens(part, file.card);
    } catch (const Error& error) {
      throw Error("{}: what came is not {}: {}", url, file.card.file, error.what());
    }
  }

  void record(std::size_t i, const std::string& url, std::uint64_t size, const std::string& sha256) {
    const std::scoped_lock lock(mutex_);
    lock_->record(files_[i].key, {.url = url,
                                  .size = size,
                                  .sha256 = sha256,
                                  .obtained = "fetched",
                                  .date = {},
                                  .stamp = weight_stamp(files_[i].path)});
    results_[i].result = FetchResult::fetched;
    results_[i].bytes = size;
  }

  const FetchSettings& settings_;
  fs::path root_;
  std::vector<PublishedFile> files_;
  std::vector<FetchedFile> results_;
  std::vector<Job> jobs_;
  std::optional<WeightsLock> lock_;
  std::mutex mutex_;
};

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

FetchSettings settings_from_environment() {
  FetchSettings settings;
  settings.download.http.user_agent = "cfo-weights/" CFO_VERSION;
  settings.download.http.credential = {hugging_face, environment("HF_TOKEN")};
  settings.download.http.authorities = environment("SSL_CERT_FILE");
  settings.hub = environment("HF_ENDPOINT");
  while (settings.hub.ends_with("/")) settings.hub.pop_back();
  return settings;
}

std::vector<FetchedFile> fetch(std::span<const Published* const> models, const FetchSettings& settings) {
  return Fetch(models, settings).run();
}

}  // namespace cfo::weights
