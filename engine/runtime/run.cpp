#include "engine/runtime/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/durable_file.h"
#include "base/process/progress.h"
#include "engine/plan/inputs.h"
#include "engine/runtime/execute.h"
#include "engine/runtime/run_tables.h"

namespace cfo::engine {
namespace fs = std::filesystem;
namespace {

enum class State { waiting, running, done, failed, blocked };

/// Only one program may work in a run folder.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder) {
    std::error_code code;
    fs::create_directories(folder, code);
    if (code) throw_write_error(folder, code.value());
    const fs::path file = folder / ".lock";
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) throw_write_error(file, errno);
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      ::close(descriptor_);
      throw Error("{}: another cfo-run is working in this run folder; wait for it or choose another --output",
                  folder.string());
    }
  }
  ~FolderLock() { ::close(descriptor_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

/// Starts units when what they wait for is done and threads are free; records each when its outputs are safe.
class Scheduler {
 public:
  Scheduler(const Graph& graph, const Plan& plan, const RunOptions& options, const std::atomic<bool>& stop)
      : graph_(graph),
        plan_(plan),
        options_(options),
        stop_(stop),
        lock_(options.folder),
        ledger_(options.folder / "ledger"),
        states_(plan.units.size(), State::waiting),
        threads_(options.threads > 0 ? options.threads
                                     : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()))),
        parallelism_(oneapi::tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads_) + 1),
        free_slots_(threads_) {
    if (!options.trace.empty()) trace_.emplace(options.trace);
  }

  RunReport run() {
    const auto begin = std::chrono::steady_clock::now();
    write_durably(options_.folder / "graph.yaml", graph_.resolved);
    report_.units = plan_.units.size();
    keep_finished();
    write_tables();  // a report of a resumed run must not tell what failed earlier
    start_progress();
    carry_out();
    progress_.reset();
    write_tables();
    report_.failed = static_cast<std::size_t>(std::count_if(
        states_.begin(), states_.end(), [](State s) { return s == State::failed || s == State::blocked; }));
    report_.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return report_;
  }

 private:
  /// Marks what earlier runs finished with the same inputs.
  void keep_finished() {
    for (std::size_t i = 0; i < plan_.units.size(); ++i) {
      if (!ready(i)) continue;
      if (is_finished(i)) {
        states_[i] = State::done;
        ++report_.kept;
      }
    }
  }

  bool is_finished(std::size_t index) const {
    const Unit& unit = plan_.units[index];
    const storage::LedgerRecord* record = ledger_.find(unit.id);
    return record != nullptr && record->inputs == inputs_digest(graph_, plan_, unit, ledger_.records()) &&
           storage::outputs_present(options_.folder, *record);
  }

  bool ready(std::size_t index) const {
    const auto& waits = plan_.units[index].waits_for;
    return std::all_of(waits.begin(), waits.end(), [&](auto other) { return states_[other] == State::done; });
  }

  void start_progress() {
    double done = 0;
    for (std::size_t i = 0; i < plan_.units.size(); ++i)
      if (states_[i] == State::done && !plan_.units[i].is_task()) done += plan_.units[i].seconds;
    progress_.emplace(process::Progress::Settings{stderr, options_.bars, options_.quiet}, plan_.seconds(), done,
                      plan_.units.size(), report_.kept);
    if (report_.kept > 0 && !options_.quiet)
      progress_->say(fmt::format("{} of {} units are finished already and are kept", report_.kept, plan_.units.size()));
  }

  /// The threads live as long as the run: new ones for each unit would each leave memory behind in an arena of their
  /// own.
  void carry_out() {
    {
      std::vector<std::jthread> workers;
      for (int i = 0; i < threads_; ++i) workers.emplace_back([this] { serve(); });
    }
    const bool unfinished = std::any_of(states_.begin(), states_.end(), [](State s) { return s == State::waiting; });
    report_.interrupted = stop_ && unfinished;
  }

  /// One worker thread: takes what is ready until nothing can follow.
  void serve() {
    std::unique_lock lock(mutex_);
    while (!stop_ && report_.fatal.empty()) {
      const auto index = free_slots_ > 0 ? next_ready() : std::nullopt;
      if (index) {
        take(*index, lock);
      } else if (running_ == 0 && !next_ready()) {
        break;
      } else {
        wake_.wait_for(lock, std::chrono::milliseconds(200));
      }
    }
    wake_.notify_all();
  }

  /// Tasks come first: they keep few threads busy and others wait for them; flows take every thread that is left.
  std::optional<std::size_t> next_ready() const {
    std::optional<std::size_t> flow;
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (states_[i] != State::waiting || !ready(i)) continue;
      if (plan_.units[i].is_task()) return i;
      if (!flow && !flow_running_) flow = i;
    }
    return flow;
  }

  void take(std::size_t index, std::unique_lock<std::mutex>& lock) {
    const Unit& unit = plan_.units[index];
    if (is_finished(index)) {  // its inputs were made again, with the same bytes
      states_[index] = State::done;
      ++report_.kept;
      progress_->end(unit.id, "still valid");
      return;
    }
    const int slots = unit.is_task() ? std::min(free_slots_, unit.main().kind->slots) : free_slots_;
    free_slots_ -= slots;
    ++running_;
    flow_running_ = flow_running_ || !unit.is_task();
    states_[index] = State::running;
    lock.unlock();
    work(index, slots);
    lock.lock();
    free_slots_ += slots;
    --running_;
    if (!unit.is_task()) flow_running_ = false;
    wake_.notify_all();
  }

  void work(std::size_t index, int slots) {
    const Unit& unit = plan_.units[index];
    progress_->begin(unit.id, unit.is_task() ? 1 : unit.seconds);
    std::string inputs;
    std::vector<Artifact> needs;
    {
      const std::lock_guard lock(mutex_);
      inputs = inputs_digest(graph_, plan_, unit, ledger_.records());
    }
    const ExecuteContext context{graph_,
                                 plan_,
                                 unit,
                                 options_.folder,
                                 options_.device.empty() ? graph_.settings.text("device") : options_.device,
                                 slots,
                                 inputs,
                                 stop_,
                                 trace_ ? &*trace_ : nullptr,
                                 *progress_,
                                 warm_};
    try {
      finish(index, execute(context));
    } catch (const Interrupted&) {
      give_up(index, State::waiting, "");
    } catch (const OutOfSpace& error) {
      const std::lock_guard lock(mutex_);
      report_.fatal = error.what();
      give_up_locked(index, State::waiting, "");
    } catch (const std::exception& error) {
      give_up(index, State::failed, error.what());
    }
  }

  void finish(std::size_t index, storage::LedgerRecord record) {
    const Unit& unit = plan_.units[index];
    const std::lock_guard lock(mutex_);
    for (const auto& file : unit.files) {
      if (!fs::exists(partial_name(options_.folder / file)))
        throw Error("{}: the node '{}' finished without writing it", file.string(), unit.main().name);
      publish(options_.folder / file);
      record.outputs.push_back(storage::measure_output(options_.folder, file));
    }
    if (ledger_.find(unit.id) != nullptr) ++report_.remade;
    if (!unit.is_task()) report_.audio += record.seconds;
    const std::string summary = summary_of(unit, record);
    ledger_.append(std::move(record));
    fs::remove_all(scratch_folder(options_.folder, unit));
    states_[index] = State::done;
    ++report_.made;
    write_tables();
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

  void give_up(std::size_t index, State state, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    give_up_locked(index, state, reason);
  }

  void give_up_locked(std::size_t index, State state, const std::string& reason) {
    const Unit& unit = plan_.units[index];
    states_[index] = state;
    progress_->abandon(unit.id);
    if (state != State::failed) return;
    unit_failures_.push_back({unit.id, unit.main().name, reason});
    progress_->say(fmt::format("{}: failed: {}", unit.id, reason));
    progress_->failure();
    for (std::size_t i = index + 1; i < states_.size(); ++i) {  // units come after those they wait for
      const auto& waits = plan_.units[i].waits_for;
      const auto culprit = std::find_if(waits.begin(), waits.end(), [&](auto other) {
        return states_[other] == State::failed || states_[other] == State::blocked;
      });
      if (states_[i] != State::waiting || culprit == waits.end()) continue;
      states_[i] = State::blocked;
      unit_failures_.push_back(
          {plan_.units[i].id, plan_.units[i].main().name, "waits for " + plan_.units[*culprit].id + ", which failed"});
    }
  }

  /// failures.tsv and metrics.tsv, always whole and in plan order.
  void write_tables() {
    report_.failed_items = write_run_tables(
        options_.folder, plan_, ledger_, [&](std::size_t i) { return states_[i] == State::done; }, unit_failures_);
  }

  const Graph& graph_;
  const Plan& plan_;
  const RunOptions& options_;
  const std::atomic<bool>& stop_;
  FolderLock lock_;
  storage::Ledger ledger_;
  std::vector<State> states_;
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
  std::mutex mutex_;
  std::condition_variable wake_;
};

}  // namespace

RunReport run_graph(const Graph& graph, const Plan& plan, const RunOptions& options, const std::atomic<bool>& stop) {
  return Scheduler(graph, plan, options, stop).run();
}

std::vector<bool> finished_units(const Graph& graph, const Plan& plan, const fs::path& folder) {
  std::vector<bool> finished(plan.units.size(), false);
  if (!fs::exists(folder / "ledger")) return finished;
  const auto records = storage::read_ledger(folder / "ledger");
  for (std::size_t i = 0; i < plan.units.size(); ++i) {
    const Unit& unit = plan.units[i];
    const auto record = records.find(unit.id);
    const bool ready =
        std::all_of(unit.waits_for.begin(), unit.waits_for.end(), [&](auto other) { return finished[other]; });
    if (!ready || record == records.end()) continue;
    finished[i] = record->second.inputs == inputs_digest(graph, plan, unit, records) &&
                  storage::outputs_present(folder, record->second);
  }
  return finished;
}

}  // namespace cfo::engine
