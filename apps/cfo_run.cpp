// cfo-run: runs a graph, or says what running it would do.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "apps/program.h"
#include "base/installation.h"
#include "base/parallel.h"
#include "base/process/heap.h"
#include "base/process/interrupt.h"
#include "base/process/limits.h"
#include "base/process/progress.h"
#include "base/process/say.h"
#include "base/text.h"
#include "engine/describe/describe.h"
#include "engine/runtime/run.h"
#include "nodes/kinds/register.h"
#include "storage/run_folder/folder_lock.h"
#include "storage/run_folder/layout.h"

namespace {

namespace fs = std::filesystem;
using namespace cfo;

struct Settings {
  std::string graph;
  std::vector<std::string> set, only;
  std::string output, device, trace;
  std::string executor = "local";
  int threads = 0;
  bool dry_run = false, fresh = false, quiet = false, retry_failed = false, verify_inputs = false;
};

/// "codec=a,b" -> {"codec", {"a", "b"}}
std::map<std::string, std::vector<std::string>> parse_only(const std::vector<std::string>& entries) {
  std::map<std::string, std::vector<std::string>> only;
  for (const auto& entry : entries) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == entry.size())
      throw Error("--only {}: write VARIABLE=VALUE,VALUE, e.g. --only codec=mdct_vq,mdct_rvq", entry);
    std::istringstream values(entry.substr(equals + 1));
    for (std::string value; std::getline(values, value, ',');) only[entry.substr(0, equals)].push_back(value);
  }
  return only;
}

/// --fresh keeps the old run under another name.
void set_aside(const fs::path& folder) {
  if (!fs::exists(folder)) return;
  const storage::FolderLock nobody_works_in_it(folder);
  for (int number = 1;; ++number) {
    const fs::path aside = folder.string() + ".old-" + std::to_string(number);
    if (fs::exists(aside)) continue;
    fs::rename(folder, aside);
    process::say(stderr, "the earlier run is kept as {}\n", aside.string());
    return;
  }
}

void print_start(const engine::Graph& graph, const engine::Plan& plan, const fs::path& folder) {
  for (const auto& missing : graph.unavailable)
    process::say(stderr, "leaving out {} {}: {}\n", missing.variable, missing.value, missing.reason);
  for (const auto& node : graph.left_out) process::say(stderr, "leaving out node '{}': {}\n", node.node, node.reason);
  for (const auto& note : plan.notes) process::say(stderr, "{}\n", note);
  process::say(stderr, "{}: {}, {}, {} of audio, into {}\n", graph.settings.text("name"),
               counted(plan.units.size(), "unit"), counted(plan.items(), "item"),
               process::duration_text(plan.seconds()), folder.string());
}

int print_end(const engine::RunReport& report, const fs::path& folder) {
  if (!report.fatal.empty()) process::say(stderr, "cfo-run: {}\n", report.fatal);
  const std::string rate =
      report.audio > 0 ? fmt::format(", {:.1f} audio seconds a second", report.audio / report.wall) : "";
  process::say(stderr, "{} of {} units finished ({} now, {} kept) in {}{}\n", report.made + report.kept, report.units,
               report.made, report.kept, process::clock_text(report.wall), rate);
  if (report.failed > 0 || report.failed_items > 0) {
    std::string what = report.failed > 0 ? counted(report.failed, "unit") : "";
    if (report.failed_items > 0) what += (what.empty() ? "" : " and ") + counted(report.failed_items, "item");
    process::say(stderr, "{} failed: see {}\n", what, (folder / storage::failures_file).string());
  }
  if (report.damaged > 0)
    process::say(stderr, "{} of earlier runs found damaged or changed, and made again where this graph makes it\n",
                 counted(report.damaged, "file"));
  for (const auto& unit : report.incomplete)
    process::say(stderr, "{} is incomplete: it was made of what there is, and will be made again when there is more\n",
                 unit);
  if (report.to_retry > 0)
    process::say(stderr, "{} for a reason of the machine: the same command tries again\n",
                 counted(report.to_retry, "item"));
  if (report.given_up > 0)
    process::say(stderr,
                 "{} for a reason of the file, and stays so until the file changes or --retry-failed is given\n",
                 counted(report.given_up, "item"));
  if (report.remarks > 0)
    process::say(stderr, "{} about levels that no recording has: see {}\n", counted(report.remarks, "remark"),
                 (folder / storage::remarks_file).string());
  if (report.interrupted) {
    process::say(stderr, "interrupted; give the same command again to continue from here\n");
    return apps::exit_interrupted;
  }
  if (fs::exists(folder / "report" / "index.html"))
    process::say(stderr, "report: {}\n", (folder / "report" / "index.html").string());
  return report.complete() ? apps::exit_done : apps::exit_failed;
}

int run(const Settings& settings) {
  if (settings.executor != "local")
    throw Error("--executor {}: only 'local' is available in this version", settings.executor);
  const engine::Registry registry = kinds::make_registry();
  const engine::GraphOptions options{settings.set, parse_only(settings.only), settings.dry_run, settings.device};
  const engine::Graph graph = engine::read_graph(find_graph(settings.graph), registry, options);
  const fs::path folder =
      settings.output.empty() ? fs::path("runs") / graph.settings.text("name") : fs::path(settings.output);
  const engine::Plan plan = engine::make_plan(graph, settings.dry_run);
  if (settings.dry_run) {
    fmt::print("{}", engine::describe_plan(graph, plan, folder));
    return apps::exit_done;
  }
  if (settings.fresh) set_aside(folder);
  engine::RunOptions run_options;
  run_options.folder = folder;
  run_options.threads = settings.threads;
  run_options.device = settings.device;
  run_options.trace = settings.trace;
  run_options.quiet = settings.quiet;
  run_options.retry_failed = settings.retry_failed;
  run_options.verify_inputs = settings.verify_inputs;
  run_options.whole = settings.only.empty();
  run_options.bars = ::isatty(STDERR_FILENO) == 1;
  // Those that take units, those that work on items, those that tell how far it is.
  const int threads = settings.threads > 0 ? settings.threads : core_count();
  process::require_threads(2 * threads + 4);
  if (!settings.quiet) print_start(graph, plan, folder);
  return print_end(engine::run_graph(graph, plan, run_options, process::InterruptHandler::requested()), folder);
}

}  // namespace

int main(int argc, char** argv) {
  process::share_one_heap();
  Settings settings;
  apps::Program program(
      "cfo-run",
      "Runs a graph: regenerates a codec-deepfake speech corpus, trains and scores countermeasures, draws the report.\n"
      "A run that was interrupted continues where it stopped when the same command is given again.",
      "cfo-run quickstart\n"
      "cfo-run full_omni --dry-run\n"
      "cfo-run my_study.yaml --only codec=mdct_rvq --set cm.epochs=3 --output runs/trial");
  auto& app = program.options();
  app.add_option("GRAPH", settings.graph,
                 "graph file (YAML), or the name of a graph that came with CFO, e.g. quickstart")
      ->required();
  app.add_option("--set", settings.set,
                 "change a value: seed=1, corpus.root=/data/VCTK, NODE.PARAMETER=value (repeatable)")
      ->allow_extra_args(false);
  app.add_option("--only", settings.only,
                 "run only these foreach values: codec=a,b (repeatable; a variable {as: codec} follows)")
      ->allow_extra_args(false);
  app.add_option("--output", settings.output, "run folder (default: runs/NAME)");
  app.add_option("--threads", settings.threads, "threads (default: all cores)")->check(CLI::Range(1, 1024));
  app.add_option("--device", settings.device, "cpu, cuda or cuda:N (default: the graph's)");
  app.add_option("--executor", settings.executor, "where units run: local");
  app.add_option("--trace", settings.trace, "write a Chrome/Perfetto trace to this file");
  app.add_flag("--dry-run", settings.dry_run, "print the plan and what is missing; run nothing");
  app.add_flag("--fresh", settings.fresh, "start anew; an earlier run is kept under another name");
  app.add_flag("--retry-failed", settings.retry_failed, "make units again of which items failed, whatever the reason");
  app.add_flag("--verify-inputs", settings.verify_inputs,
               "read every file of the corpus to see whether it changed, whatever its size and time say");
  app.add_flag("--quiet", settings.quiet, "show no progress, only the last lines");
  return program.run(argc, argv, [&] { return run(settings); });
}
