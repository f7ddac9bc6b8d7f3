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
#include "base/process/progress.h"
#include "engine/plan/inputs.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/execute.h"
#include "engine/runtime/run_tables.h"
#include "engine/runtime/status_writer.h"
#include "engine/runtime/unit_queue.h"
#include "storage/run_folder/folder_lock.h"
#include "storage/run_folder/layout.h"

namespace cfo::engine {
namespace fs = std::filesystem;
namespace {

/// The records of an earlier run by the plan's units.
std::vector<storage::LedgerRecord> by_unit(const Plan& plan, std::map<std::string, storage::LedgerRecord> found) {
  std::vector<storage::LedgerRecord> records(plan.units.size());
  for (std::size_t i = 0; i < plan.units.size(); ++i)
    if (const auto record = found.find(plan.units[i].id); record != found.end()) records[i] = std::move(record->second);
  return records;
}

/// Whether a unit that was made from `inputs` need not be made again: its outputs are there, and no item of it failed
/// for a reason that may have gone.
bool stays(const storage::LedgerRecord& record, const std::string& inputs, const fs::path& folder) {
  return record.inputs == inputs &&
         std::none_of(record.failures.begin(), record.failures.end(), [](const auto& f) { return f.retry; }) &&
         storage::outputs_present(folder, record);
}

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
        records_(by_unit(plan, ledger_.take_found())),
        finished_(plan.units.size(), nullptr),
        queue_(plan),
        threads_(options.threads > 0 ? options.threads
                                     : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()))),
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
    keep_finished();
    tables_.write_now();  // a report of a resumed run must not tell what failed earlier
    start_progress();
    {
      const StatusWriter status(options_.folder, plan_.units.size(), *progress_);
      carry_out();
    }
    progress_.reset();
    if (!folder_is_gone()) report_.failed_items = tables_.write_now();
    for (const auto* record : finished_) {
      if (record == nullptr) continue;
      for (const auto& failure : record->failures) ++(failure.retry ? report_.to_retry : report_.given_up);
    }
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
    for (std::size_t i = 0; i < plan_.units.size(); ++i)
      if (queue_.is_ready(i) && is_valid(i, inputs_digest(graph_, plan_, plan_.units[i], finished_))) keep(i);
  }

  /// True when an earlier run made the unit from these inputs and its outputs are there.
  bool is_valid(std::size_t index, const std::string& inputs) const {
    const storage::LedgerRecord& record = records_[index];
    if (options_.retry_failed && !record.failures.empty()) return false;
    return stays(record, inputs, options_.folder);
  }

  void keep(std::size_t index) {
    finished_[index] = &records_[index];
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
    for (const auto& sentence : mixed_devices(plan_, finished_, device_)) progress_->say(sentence);
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
      const std::string inputs = inputs_digest(graph_, plan_, unit, finished_);
      if (is_valid(index, inputs)) {  // its inputs were made again, with the same bytes
        const std::lock_guard lock(mutex_);
        keep(index);
        progress_->end(unit.id, "still valid");
        return;
      }
      progress_->begin(unit.id, unit.is_task() ? 1 : unit.seconds);
      const ExecuteContext context{
          graph_,     plan_, unit, options_.folder, device_, slots, inputs, stop_, trace_ ? &*trace_ : nullptr,
          *progress_, warm_};
      finish(index, execute(context));
      refresh_tables();
    } catch (const Interrupted&) {
      give_up(index, "");
    } catch (const OutOfSpace& error) {
      give_up(index, error.what());
    } catch (const std::exception& error) {
      fail(index, error.what());
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
    if (!records_[index].unit.empty()) ++report_.remade;
    if (!unit.is_task()) report_.audio += record.seconds;
    ++report_.made;
    records_[index] = std::move(record);
    finished_[index] = &records_[index];
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

  /// The unit is safe by now, whatever becomes of the tables.
  void refresh_tables() {
    try {
      tables_.write_if_due();
    } catch (const Error& error) {
      const std::lock_guard lock(mutex_);
      report_.fatal = error.what();
    }
  }

  /// The unit was broken off and can be made another time. `fatal`: why the whole run stops, or "".
  void give_up(std::size_t index, const std::string& fatal) {
    const std::lock_guard lock(mutex_);
    if (!fatal.empty()) report_.fatal = fatal;
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
  std::vector<storage::LedgerRecord> records_;  ///< by unit: the last one; without a name where there is none
  FinishedRecords finished_;                    ///< into records_
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
  std::vector<bool> done(plan.units.size(), false);
  if (!fs::exists(folder / storage::ledger_file)) return done;
  const auto records = by_unit(plan, storage::read_ledger(folder / storage::ledger_file));
  FinishedRecords finished(plan.units.size(), nullptr);
  for (std::size_t i = 0; i < plan.units.size(); ++i) {
    const Unit& unit = plan.units[i];
    const bool ready =
        std::all_of(unit.waits_for.begin(), unit.waits_for.end(), [&](auto other) { return done[other]; });
    if (!ready || records[i].unit.empty()) continue;
    done[i] = stays(records[i], inputs_digest(graph, plan, unit, finished), folder);
    if (done[i]) finished[i] = &records[i];
  }
  return done;
}

}  // namespace cfo::engine
