#include "storage/run_folder/run_status.h"

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "storage/run_folder/layout.h"

namespace cfo::storage {
namespace fs = std::filesystem;
using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UnitStatus, unit, note, fraction, rate, elapsed, left)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunStatus, host, process, started, written, units, done, failures, under_way)

void write_status(const fs::path& run, const RunStatus& status) {
  write_durably(run / status_file, json(status).dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

std::optional<RunStatus> read_status(const fs::path& run) {
  if (!fs::exists(run / status_file)) return std::nullopt;
  try {
    return json::parse(read_text(run / status_file)).get<RunStatus>();
  } catch (const json::exception&) {
    return std::nullopt;
  } catch (const Error&) {  // it went away in between
    return std::nullopt;
  }
}

void remove_status(const fs::path& run) {
  std::error_code ignored;
  fs::remove(run / status_file, ignored);
}

}  // namespace cfo::storage
