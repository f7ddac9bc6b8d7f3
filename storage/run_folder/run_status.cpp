#include "storage/run_folder/run_status.h"

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"

namespace cfo::storage {
namespace fs = std::filesystem;
using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UnitStatus, unit, note, fraction, rate, elapsed, left)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunStatus, host, process, started, written, units, done, failures, under_way)

namespace {

fs::path status_file(const fs::path& run) { return run / "status.json"; }

}  // namespace

void write_status(const fs::path& run, const RunStatus& status) {
  write_durably(status_file(run), json(status).dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

std::optional<RunStatus> read_status(const fs::path& run) {
  if (!fs::exists(status_file(run))) return std::nullopt;
  try {
    return json::parse(read_text(status_file(run))).get<RunStatus>();
  } catch (const json::exception&) {
    return std::nullopt;
  } catch (const Error&) {  // it went away in between
    return std::nullopt;
  }
}

void remove_status(const fs::path& run) {
  std::error_code ignored;
  fs::remove(status_file(run), ignored);
}

}  // namespace cfo::storage
