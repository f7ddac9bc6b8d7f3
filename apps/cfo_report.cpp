// cfo-report: the tables, figures and page of a run.
#include <algorithm>
#include <filesystem>

#include "apps/program.h"
#include "base/durable_file.h"
#include "base/parallel.h"
#include "nodes/report/report.h"
#include "storage/run_folder/finished_files.h"
#include "storage/run_folder/layout.h"

namespace cfo::apps {
namespace {

namespace fs = std::filesystem;

bool is_run(const fs::path& folder) {
  const auto holds = [&](const char* name) { return fs::exists(folder / name); };
  return holds(storage::ledger_file) || holds(storage::graph_file) || holds(storage::shards_folder) || holds("scores");
}

/// The folder to write. Throws Error when it holds something else than a report.
fs::path output_folder(const fs::path& run_folder, const std::string& given) {
  fs::path output = fs::absolute(given.empty() ? run_folder / "report" : fs::path(given)).lexically_normal();
  if (!output.has_filename()) output = output.parent_path();  // "report/"
  const bool is_report = fs::is_directory(output) && (fs::is_empty(output) || fs::exists(output / "index.html"));
  if (fs::exists(output) && !is_report) {
    throw Error("{}: holds something that is no report; give another folder with --output", output.string());
  }
  return output;
}

int run(const fs::path& run_folder, const std::string& given_output) {
  if (!fs::is_directory(run_folder)) throw Error("{}: no such run folder; check the path", run_folder.string());
  if (!is_run(run_folder)) {
    throw Error("{}: is no run folder (it has no ledger, shards or scores); give the folder that cfo-run wrote",
                run_folder.string());
  }
  const fs::path output = output_folder(run_folder, given_output);
  const storage::FinishedFiles files(run_folder, storage::Thoroughness::full, core_count());
  for (const auto& damage : files.damage()) complain("cfo-report", damage.sentence + "; it is left out");
  DraftFolder draft(output);
  report::write_report(files, draft.path());
  draft.publish();
  fmt::print("{}\n", (output / "index.html").string());
  return files.damage().empty() ? exit_done : exit_failed;
}

}  // namespace
}  // namespace cfo::apps

int main(int argc, char** argv) {
  using namespace cfo::apps;
  Program program("cfo-report", "Writes tables (CSV), figures (SVG, PDF) and one self-contained HTML page about a run.",
                  "cfo-report runs/quickstart\n"
                  "cfo-report runs/quickstart --output /tmp/report\n");
  std::string run_folder, output;
  CLI::App& app = program.options();
  app.add_option("RUN", run_folder, "Run folder of cfo-run")->required();
  app.add_option("-o,--output", output, "Folder to write, replaced as a whole (default: RUN/report)");
  return program.run(argc, argv, [&] { return run(run_folder, output); });
}
