#include "engine/runtime/status_writer.h"

#include <unistd.h>

#include <condition_variable>
#include <mutex>

#include "base/error.h"
#include "base/host_name.h"
#include "storage/run_folder/ledger.h"
#include "storage/run_folder/run_status.h"

namespace cfo::engine {
namespace {

constexpr auto interval = std::chrono::seconds(3);

}  // namespace

StatusWriter::StatusWriter(std::filesystem::path run, std::size_t units, process::Progress& progress)
    : run_(std::move(run)), thread_([this, units, &progress](const std::stop_token& stop) {
        storage::RunStatus status;
        status.host = host_name();
        status.process = ::getpid();
        status.started = storage::utc_now();
        status.units = units;
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
          status.written = storage::utc_now();
          status.done = progress.done_units();
          status.failures = progress.failures();
          status.under_way.clear();
          for (const auto& unit : progress.under_way())
            status.under_way.push_back({unit.unit, unit.note, unit.fraction, unit.rate, unit.elapsed, unit.left});
          try {
            storage::write_status(run_, status);
          } catch (const Error&) {  // a full disk stops the run where it matters
          }
          wake.wait_for(lock, stop, interval, [] { return false; });
        }
      }) {}

StatusWriter::~StatusWriter() {
  thread_.request_stop();
  thread_.join();
  storage::remove_status(run_);
}

}  // namespace cfo::engine
