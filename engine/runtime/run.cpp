#include "engine/runtime/run.h"

#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "base/durable_file.h"
#include "base/parallel.h"
#include "base/process/progress.h"
#include "base/text.h"
#include "engine/plan/inputs.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/earlier_units.h"
#include "engine/runtime/execute.h"
#include "engine/runtime/reason.h"
#include "engine/runtime/run_tables.h"
#include "engine/runtime/status_writer.h"
#include "engine/runtime/unit_queue.h"
#include "storage/run_folder/folder_lock.h"
#include "storage/run_folder/layout.h"

namespace cfo::engine {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_told = 10;  ///< damaged files that are told one by one

/// Starts units when what they wait for is done and threads are free; records each when its outputs are safe. The lock
/// guards the queue and the counts: no file is read, hashed or written under it.
class Scheduler {
 public:
  Scheduler(const Graph& graph, const Plan& plan, const RunOptions& options, const std::atomic<bool>& stop)
      : graph_(graph),
        plan_(plan),
        options_(options),
        device_(options.device.empty() ? graph.settings.text("device") : options.device),
        stop_(stop),
        lock_(options.folder),
        ledger_(options.folder / storage::ledger_file),
        earlier_(graph, plan, options.folder, ledger_.take_found()),
        contents_(options.folder, options.verify_inputs),
        finished_(plan.units.size(), nullptr),
        queue_(plan),
        threads_(options.threads > 0 ? options.threads : core_count()),
        parallelism_(oneapi::tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads_) + 1),
        free_slots_(threads_),
        tables_(options.folder, plan, [this] {
          const std::lock_guard lock(mutex_);
          return RunTables{finished_, unit_failures_};
        }) {
    if (!options.trace.empty()) trace_.emplace(options.trace);
  }

  RunReport run() {
    const auto begin = std::chrono::steady_clock::now();
    check_links();
    write_durably(options_.folder / storage::graph_file, graph_.resolved);
    report_.units = plan_.units.size();
    if (auto sentence = earlier_.set_aside(ledger_, options_.whole); !sentence.empty())
      remarks_.push_back(std::move(sentence));
    keep_finished();
    tables_.write_now();  // a report of a resumed run must not tell what failed earlier
    start_progress();
    {
      const StatusWriter status(options_.folder, plan_.units.size(), *progress_);
      carry_out();
    }
    progress_.reset();
    write_last_tables();
    for (const auto* record : finished_) {
      if (record == nullptr) continue;
      for (const auto& failure : record->failures) ++(failure.retry ? report_.to_retry : report_.given_up);
    }
    for (std::size_t i = 0; i < plan_.units.size(); ++i)
      if (plan_.units[i].takes_what_is_there() && finished_[i] != nullptr && lacks_something(plan_.units[i]))
        report_.incomplete.push_back(plan_.units[i].id);
    report_.failed = queue_.count(UnitState::failed) + queue_.count(UnitState::blocked);
    report_.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return report_;
  }

 private:
  bool folder_is_gone() const { return !fs::exists(options_.folder / storage::ledger_file); }

  /// No output may land outside the run folder: a link in it could lead there (the plan sees to '..').
  void check_links() const {
    const fs::path root = fs::canonical(options_.folder);
    std::set<fs::path> seen;
    for (const auto& unit : plan_.units) {
      for (const auto& file : unit.files) {
        if (!seen.insert(file.parent_path()).second) continue;
        const fs::path place = fs::weakly_canonical(options_.folder / file.parent_path());
        if (std::mismatch(root.begin(), root.end(), place.begin(), place.end()).first != root.end())
          throw Error("{}: a link in it leads out of the run folder, to {}; take the link away or change 'folder'",
                      (options_.folder / file).string(), place.string());
      }
    }
  }

  /// Marks what earlier runs finished with the same inputs.
  void keep_finished() {
    process::Progress checking({.stream = stderr, .bars = options_.bars, .quiet = options_.quiet}, 0, 0, 1, 0);
    EarlierUnits::Settings settings;
    settings.retry_failed = options_.retry_failed;
    settings.threads = threads_;
    settings.stop = &stop_;
    settings.progress = [&](const std::string& what, double fraction) {
      if (fraction < 1) {
        checking.begin(what, 1);
        checking.fraction(what, fraction, "");
      } else {
        checking.abandon(what);
      }
    };
    const auto stays = earlier_.staying(contents_, settings);
    for (std::size_t i = 0; i < stays.size(); ++i)
      if (stays[i]) keep(i);
    earlier_.remember(ledger_);
    contents_.save(options_.folder);
    note_damage();
    note_changes();
  }

  void note_damage() {
    report_.damaged = earlier_.damage().size();
    for (std::size_t i = 0; i < std::min(report_.damaged, most_told); ++i)
      remarks_.push_back(earlier_.damage()[i].sentence);
    if (report_.damaged > most_told) remarks_.push_back(fmt::format("... and {} more", report_.damaged - most_told));
    if (report_.damaged > 0)
      remarks_.push_back(fmt::format("{} {} damaged or changed since {} finished, and {} made again",
                                     counted(report_.damaged, "file"), report_.damaged == 1 ? "was" : "were",
                                     report_.damaged == 1 ? "it was" : "they were",
                                     report_.damaged == 1 ? "is" : "are"));
  }

  void note_changes() {
    const auto changed = contents_.changed();
    if (changed.empty()) return;
    remarks_.push_back(
        fmt::format("{} of the corpus {} something else than for the earlier run (the first: {}, {}); "
                    "what was made from {} is made again",
                    counted(changed.size(), "file"), changed.size() == 1 ? "holds" : "hold", changed.front().first,
                    changed.front().second.string(), changed.size() == 1 ? "it" : "them"));
  }

  void keep(std::size_t index) {
    // A kill after the ledger's line may have left what the task kept between attempts.
    if (plan_.units[index].is_task()) fs::remove_all(scratch_folder(options_.folder, plan_.units[index]));
    finished_[index] = &earlier_.record(index);
    queue_.finish(index);
    ++report_.kept;
  }

  void start_progress() {
    double done = 0;
    for (std::size_t i = 0; i < plan_.units.size(); ++i)
      if (finished_[i] != nullptr && !plan_.units[i].is_task()) done += plan_.units[i].seconds;
    progress_.emplace(process::Progress::Settings{.stream = stderr, .bars = options_.bars, .quiet = options_.quiet},
                      plan_.seconds(), done, plan_.units.size(), report_.kept);
    if (report_.kept > 0 && !options_.quiet)
      progress_->say(fmt::format("{} of {} units are finished already and are kept", report_.kept, plan_.units.size()));
    if (!lock_.remark().empty()) progress_->say(lock_.remark());
    for (const auto& remark : remarks_) progress_->say(remark);
    tell_space();
    for (const auto& sentence : mixed_devices(plan_, finished_, device_)) progress_->say(sentence);
  }

  /// A word before the night, not a refusal: what will come is an estimate.
  void tell_space() {
    double needed = 0;
    for (std::size_t i = 0; i < plan_.units.size(); ++i)
      if (finished_[i] == nullptr) needed += plan_.units[i].bytes;
    std::error_code unknown;
    const auto space = fs::space(options_.folder, unknown);
    if (unknown || static_cast<double>(space.available) >= needed) return;
    progress_->say(
        fmt::format("{}: this run will write about {}, and {} are free; make room, or it stops when the disk "
                    "is full (what is finished by then stays finished)",
                    options_.folder.string(), process::bytes_text(needed),
                    process::bytes_text(static_cast<double>(space.available))));
  }

  /// The threads live as long as the run: new ones for each unit would each leave memory behind in an arena of their
  /// own.
  void carry_out() {
    {
      std::vector<std::jthread> workers;
      for (int i = 0; i < threads_; ++i) workers.emplace_back([this] { serve(); });
    }
    report_.interrupted = stop_ && queue_.count(UnitState::waiting) > 0;
  }

  /// One worker thread: takes what is ready until nothing can follow.
  void serve() {
    std::unique_lock lock(mutex_);
    while (!stop_ && report_.fatal.empty()) {
      // Tasks come first: they keep few threads busy and others wait for them; flows take every thread that is left.
      const auto index = free_slots_ > 0 ? queue_.next(!flow_running_) : std::nullopt;
      if (index) {
        take(*index, lock);
      } else if (running_ == 0 && !queue_.next(true)) {
        break;
      } else {
        wake_.wait_for(lock, std::chrono::milliseconds(200));
      }
    }
    wake_.notify_all();
  }

  void take(std::size_t index, std::unique_lock<std::mutex>& lock) {
    const Unit& unit = plan_.units[index];
    const int slots = unit.is_task() ? std::min(free_slots_, unit.main().kind->slots) : free_slots_;
    free_slots_ -= slots;
    ++running_;
    flow_running_ = flow_running_ || !unit.is_task();
    queue_.start(index);
    lock.unlock();
    work(index, slots);
    lock.lock();
    free_slots_ += slots;
    --running_;
    if (!unit.is_task()) flow_running_ = false;
    wake_.notify_all();
  }

  /// What the unit waits for is done, so that its entries of finished_ do not change any more.
  void work(std::size_t index, int slots) {
    const Unit& unit = plan_.units[index];
    try {
      contents_.learn({&unit}, slots, stop_, [](double) {});
      const std::string inputs = inputs_digest(graph_, plan_, unit, finished_, contents_);
      contents_.save(options_.folder);
      if (earlier_.is_valid(index, inputs, options_.retry_failed)) {  // its inputs were made again, with the same bytes
        const std::lock_guard lock(mutex_);
        keep(index);
        progress_->end(unit.id, "still valid");
        return;
      }
      progress_->begin(unit.id, unit.is_task() ? 1 : unit.seconds);
      if (unit.takes_what_is_there()) tables_.write_now();  // it tells what failed, too
      const ExecuteContext context{
          graph_,     plan_, unit,     options_.folder, device_, slots, inputs, stop_, trace_ ? &*trace_ : nullptr,
          *progress_, warm_, contents_};
      finish(index, execute(context));
      refresh_tables();
    } catch (const Interrupted&) {
      give_up(index, "");
    } catch (const OutOfSpace& error) {
      give_up(index, error.what());
    } catch (const std::exception& error) {
      fail(index, reason_of(error).text);
    }
  }

  void finish(std::size_t index, storage::LedgerRecord record) {
    const Unit& unit = plan_.units[index];
    for (const auto& file : unit.files) {
      if (!fs::exists(partial_name(options_.folder / file)))
        throw Error("{}: the node '{}' finished without writing it", file.string(), unit.main().name);
      publish(options_.folder / file);
      record.outputs.push_back(storage::measure_output(options_.folder, file));
    }
    ledger_.append(record);
    fs::remove_all(scratch_folder(options_.folder, unit));
    const std::string summary = summary_of(unit, record);
    const std::lock_guard lock(mutex_);
    if (earlier_.was_made(index)) ++report_.remade;
    if (!unit.is_task()) report_.audio += record.seconds;
    ++report_.made;
    earlier_.record(index) = std::move(record);
    finished_[index] = &earlier_.record(index);
    queue_.finish(index);
    progress_->end(unit.id, summary);
  }

  static std::string summary_of(const Unit& unit, const storage::LedgerRecord& record) {
    if (unit.is_task()) return fmt::format("done in {}", process::duration_text(record.wall));
    std::string text = fmt::format("{} items, {} audio in {} ({:.1f} s/s)", record.items - record.failed,
                                   process::duration_text(record.seconds), process::duration_text(record.wall),
                                   record.wall > 0 ? record.seconds / record.wall : 0);
    if (record.failed > 0) text += fmt::format(", {} failed", record.failed);
    return text;
  }

  void write_last_tables() {
    if (folder_is_gone()) return;
    try {
      const TableLengths lengths = tables_.write_now();
      report_.failed_items = lengths.failed_items;
      report_.remarks = lengths.remarks;
    } catch (const Error& error) {
      if (report_.fatal.empty())
        report_.fatal = fmt::format("{}; {} of {} units are finished and safe", error.what(),
                                    queue_.count(UnitState::done), plan_.units.size());
    }
  }

  bool lacks_something(const Unit& unit) const {
    return std::any_of(unit.waits_for.begin(), unit.waits_for.end(),
                       [&](auto other) { return finished_[other] == nullptr; });
  }

  /// The unit is safe by now, whatever becomes of the tables.
  void refresh_tables() {
    try {
      tables_.write_if_due();
    } catch (const Error& error) {
      const std::lock_guard lock(mutex_);
      report_.fatal = with_state(error.what());
    }
  }

  /// What a user wants to know of a run that stops: what is lost, what is safe. Under the lock.
  std::string with_state(const std::string& why) {
    std::string units;
    for (const auto& unit : progress_->under_way()) units += (units.empty() ? "" : ", ") + unit.unit;
    return fmt::format("{}; {} of {} units are finished and safe{}", why, queue_.count(UnitState::done),
                       plan_.units.size(), units.empty() ? "" : fmt::format(", {} was under way", units));
  }

  /// The unit was broken off and can be made another time. `fatal`: why the whole run stops, or "".
  void give_up(std::size_t index, const std::string& fatal) {
    const std::lock_guard lock(mutex_);
    if (!fatal.empty()) report_.fatal = with_state(fatal);
    progress_->abandon(plan_.units[index].id);
    queue_.put_back(index);
  }

  void fail(std::size_t index, const std::string& reason) {
    const Unit& unit = plan_.units[index];
    if (folder_is_gone()) {
      return give_up(index, fmt::format("{}: the run folder was moved or removed while this run worked in it; what was "
                                        "finished is where it is now",
                                        options_.folder.string()));
    }
    const std::lock_guard lock(mutex_);
    progress_->abandon(unit.id);
    progress_->say(fmt::format("{}: failed: {}", unit.id, reason));
    progress_->failure();
    unit_failures_.push_back({unit.id, unit.main().name, reason});
    for (const auto& [blocked, culprit] : queue_.fail(index))
      unit_failures_.push_back({plan_.units[blocked].id, plan_.units[blocked].main().name,
                                "waits for " + plan_.units[culprit].id + ", which failed"});
  }

  const Graph& graph_;
  const Plan& plan_;
  const RunOptions& options_;
  const std::string device_;
  const std::atomic<bool>& stop_;
  storage::FolderLock lock_;
  storage::Ledger ledger_;
  EarlierUnits earlier_;  ///< and the records of this run's units, as they finish
  Contents contents_;
  FinishedRecords finished_;          ///< into earlier_
  std::vector<std::string> remarks_;  ///< to be said at the start
  UnitQueue queue_;
  int threads_;
  oneapi::tbb::global_control parallelism_;
  int free_slots_;
  int running_ = 0;
  bool flow_running_ = false;
  RunReport report_;
  std::optional<Trace> trace_;
  std::optional<process::Progress> progress_;
  WarmNodes warm_;
  std::vector<UnitFailure> unit_failures_;
  TableWriter tables_;
  std::mutex mutex_;
  std::condition_variable wake_;
};

}  // namespace

RunReport run_graph(const Graph& graph, const Plan& plan, const RunOptions& options, const std::atomic<bool>& stop) {
  return Scheduler(graph, plan, options, stop).run();
}

std::vector<bool> finished_units(const Graph& graph, const Plan& plan, const fs::path& folder) {
  if (!fs::exists(folder / storage::ledger_file)) return std::vector<bool>(plan.units.size(), false);
  EarlierUnits earlier(graph, plan, folder, storage::read_ledger(folder / storage::ledger_file));
  Contents contents(folder);
  EarlierUnits::Settings settings;
  settings.verify = false;
  settings.threads = core_count();
  return earlier.staying(contents, settings);
}

}  // namespace cfo::engine
