#include "nodes/weights/lock.h"

#include <fmt/chrono.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/durable_file.h"
#include "base/error.h"

namespace cfo::weights {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;
constexpr int schema_version = 1;

std::string now() { return fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr))); }

}  // namespace

WeightsLock::WeightsLock(const fs::path& root) : file_(root / "weights.lock") {
  if (!fs::exists(file_)) return;
  try {
    const auto json = Json::parse(read_text(file_));
    if (json.at("version").get<int>() != schema_version) throw Error("another version");
    for (const auto& [key, entry] : json.at("files").items()) {
      entries_[key] = {entry.at("url"),      entry.at("size"), entry.at("sha256"),
                       entry.at("obtained"), entry.at("date"), entry.at("stamp")};
    }
  } catch (const std::exception&) {
    throw Error("{}: is not a weights.lock that can be read; put it right, or remove it to record the files anew",
                file_.string());
  }
}

const LockEntry* WeightsLock::find(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

void WeightsLock::record(const std::string& key, LockEntry entry) {
  entry.date = now();
  entries_[key] = std::move(entry);
  Json files = Json::object();
  for (const auto& [name, e] : entries_) {
    files[name] = {{"url", e.url},           {"size", e.size}, {"sha256", e.sha256},
                   {"obtained", e.obtained}, {"date", e.date}, {"stamp", e.stamp}};
  }
  write_durably(file_,
                Json{{"schema", "cfo-weights-lock"}, {"version", schema_version}, {"files", files}}.dump(2) + "\n");
}

WeightsGuard::WeightsGuard(const fs::path& root, const std::atomic<bool>& stop,
                           const std::function<void(const std::string&)>& tell) {
  std::error_code fault;
  fs::create_directories(root, fault);
  if (fault) throw_write_error(root, fault.value());
  const fs::path file = root / ".cfo-weights";
  for (bool told = false; !(lock_ = FileLock::take(file));) {
    if (!told) tell(fmt::format("another cfo-weights is at work in {}; waiting for it", root.string()));
    told = true;
    if (stop.load()) throw Error("stopped while another cfo-weights was at work in {}", root.string());
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  if (!lock_->remark().empty()) tell(lock_->remark());
}

}  // namespace cfo::weights
