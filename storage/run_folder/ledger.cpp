#include "storage/run_folder/ledger.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <functional>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/durable_file.h"
#include "base/error.h"

namespace cfo::storage {
namespace fs = std::filesystem;
using nlohmann::json;

void to_json(json& j, const ItemFailure& f) {
  j = {{"node", f.node}, {"item", f.item}, {"reason", f.reason}};
  if (f.retry) j["retry"] = true;
}
void from_json(const json& j, ItemFailure& f) {
  f = {j.at("node").get<std::string>(), j.at("item").get<std::string>(), j.at("reason").get<std::string>(),
       j.value("retry", false)};
}
void to_json(json& j, const ItemRemark& r) { j = {{"node", r.node}, {"item", r.item}, {"remark", r.text}}; }
void from_json(const json& j, ItemRemark& r) {
  r = {j.at("node").get<std::string>(), j.at("item").get<std::string>(), j.at("remark").get<std::string>()};
}
void to_json(json& j, const OutputFile& o) {
  j = {{"path", o.path},   {"bytes", o.bytes}, {"sha256", o.sha256},
       {"quick", o.quick}, {"stamp", o.stamp}, {"checked", o.checked}};
}
void from_json(const json& j, OutputFile& o) {
  o = {j.at("path").get<std::string>(),
       j.at("bytes").get<uint64_t>(),
       j.at("sha256").get<std::string>(),
       j.value("quick", ""),
       j.value("stamp", ""),
       j.value("checked", int64_t{0})};
}
void to_json(json& j, const NodeMetrics& m) {
  j = {{"node", m.node},           {"items", m.items},         {"batches", m.batches},
       {"busy_s", m.busy_seconds}, {"wait_s", m.wait_seconds}, {"queue_max", m.queue_most}};
}
void from_json(const json& j, NodeMetrics& m) {
  m = {j.at("node").get<std::string>(), j.at("items").get<uint64_t>(), j.at("batches").get<uint64_t>(),
       j.at("busy_s").get<double>(),    j.at("wait_s").get<double>(),  j.at("queue_max").get<uint64_t>()};
}

namespace {

constexpr auto state_done = "done";
constexpr auto state_aside = "set aside";

json to_line(const LedgerRecord& r) {
  json line = {{"unit", r.unit},         {"kind", r.kind},
               {"node", r.node},         {"state", r.set_aside ? state_aside : state_done},
               {"inputs", r.inputs},     {"outputs", r.outputs},
               {"items", r.items},       {"failed", r.failed},
               {"seconds", r.seconds},   {"wall", r.wall},
               {"cpu", r.cpu},           {"started", r.started},
               {"finished", r.finished}, {"engine", r.engine},
               {"failures", r.failures}, {"metrics", r.metrics}};
  if (!r.device.empty()) line["device"] = r.device;
  if (!r.remarks.empty()) line["remarks"] = r.remarks;
  return line;
}

/// Only the unit's name must be there: what an older version did not write is what it is without it, and a record
/// without inputs fits none.
LedgerRecord from_line(const json& j) {
  LedgerRecord r;
  r.unit = j.at("unit").get<std::string>();
  r.kind = j.value("kind", "");
  r.node = j.value("node", "");
  r.inputs = j.value("inputs", "");
  r.outputs = j.value("outputs", std::vector<OutputFile>());
  r.items = j.value("items", uint64_t{0});
  r.failed = j.value("failed", uint64_t{0});
  r.seconds = j.value("seconds", 0.0);
  r.wall = j.value("wall", 0.0);
  r.cpu = j.value("cpu", 0.0);
  r.started = j.value("started", "");
  r.finished = j.value("finished", "");
  r.engine = j.value("engine", "");
  r.device = j.value("device", "");
  r.set_aside = j.value("state", state_done) == std::string(state_aside);
  r.failures = j.value("failures", std::vector<ItemFailure>());
  r.remarks = j.value("remarks", std::vector<ItemRemark>());
  r.metrics = j.value("metrics", std::vector<NodeMetrics>());
  return r;
}

/// Length of the text up to its last whole line, and the records of those lines. `damaged` hears of a line that is none
/// and is not the last.
std::pair<std::size_t, std::map<std::string, LedgerRecord>> parse(const std::string& text,
                                                                  const std::function<void(int line)>& damaged) {
  std::map<std::string, LedgerRecord> records;
  std::size_t whole = 0;
  for (int line = 1; whole < text.size(); ++line) {
    const std::size_t end = text.find('\n', whole);
    if (end == std::string::npos) break;
    try {
      LedgerRecord record = from_line(json::parse(text.begin() + static_cast<std::ptrdiff_t>(whole),
                                                  text.begin() + static_cast<std::ptrdiff_t>(end)));
      records.insert_or_assign(record.unit, std::move(record));
    } catch (const json::exception&) {
      if (end + 1 >= text.size()) break;  // torn in the middle of its last line
      damaged(line);
    }
    whole = end + 1;
  }
  return {whole, std::move(records)};
}

std::pair<std::size_t, std::map<std::string, LedgerRecord>> parse_strictly(const fs::path& file,
                                                                           const std::string& text) {
  return parse(text, [&](int line) {
    throw Error("{}:{}: this line of the ledger is damaged; delete it (its unit is then made again) and run again",
                file.string(), line);
  });
}

std::map<std::string, LedgerRecord> without_set_aside(std::map<std::string, LedgerRecord> records) {
  std::erase_if(records, [](const auto& record) { return record.second.set_aside; });
  return records;
}

}  // namespace

Ledger::Ledger(fs::path file) : file_(std::move(file)) {
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw_write_error(file_, errno);
  try {
    const std::string text = read_text(file_);
    std::size_t whole = 0;
    std::tie(whole, found_) = parse_strictly(file_, text);
    if (whole < text.size() && ::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0)
      throw_write_error(file_, errno);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

Ledger::~Ledger() { ::close(descriptor_); }

void Ledger::append(const LedgerRecord& record) { append(std::vector{&record}); }

void Ledger::append(const std::vector<const LedgerRecord*>& records) {
  std::string lines;
  for (const auto* record : records)
    lines += to_line(*record).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  const std::lock_guard lock(mutex_);
  struct stat before {};
  if (::fstat(descriptor_, &before) != 0) throw_write_error(file_, errno);
  const ssize_t written = ::write(descriptor_, lines.data(), lines.size());
  if (written != static_cast<ssize_t>(lines.size())) {
    const int error_number = written < 0 ? errno : ENOSPC;
    if (::ftruncate(descriptor_, before.st_size) != 0) throw_write_error(file_, errno);
    throw_write_error(file_, error_number);
  }
  if (::fsync(descriptor_) != 0) throw_write_error(file_, errno);
}

std::map<std::string, LedgerRecord> read_ledger(const fs::path& file) {
  return without_set_aside(parse_strictly(file, read_text(file)).second);
}

LedgerReading read_ledger_leniently(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return {};
  LedgerReading reading;
  reading.records =
      without_set_aside(parse(read_text(file), [&](int line) {
                          reading.remarks.push_back(fmt::format(
                              "{}:{}: this line of the ledger is damaged and left out", file.string(), line));
                        }).second);
  return reading;
}

std::string device_types(const std::string& devices) {
  std::string types;
  bool skipping = false;  // ":1"
  for (const char c : devices) {
    skipping = c == ':' || (skipping && c != ',');
    if (!skipping) types += c;
  }
  return types;
}

NodeMetrics& NodeMetrics::operator+=(const NodeMetrics& other) {
  items += other.items;
  batches += other.batches;
  busy_seconds += other.busy_seconds;
  wait_seconds += other.wait_seconds;
  queue_most = std::max(queue_most, other.queue_most);
  return *this;
}

std::string utc_now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

}  // namespace cfo::storage
