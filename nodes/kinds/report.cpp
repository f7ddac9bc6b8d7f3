// report: tables, figures and the HTML page of the run.
#include "nodes/kinds/kinds.h"
#include "nodes/report/report.h"

namespace cfo::kinds {

engine::Kind report_kind() {
  return {
      .name = "report",
      .summary = "writes the run's tables, figures and one self-contained HTML page",
      .role = engine::Role::task,
      .ports = {{.name = "scores", .reads = {}, .optional = true}, {.name = "others", .reads = {}, .optional = true}},
      .outputs = {{.folder = "", .extension = ""}},
      .tells_of_run = true,
      .run = [](engine::TaskContext& context) { report::write_report(context.run_folder, context.files.front()); }};
}

}  // namespace cfo::kinds
