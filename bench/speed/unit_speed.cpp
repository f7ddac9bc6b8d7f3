#include "bench/speed/unit_speed.h"

#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <memory>

#include "base/durable_file.h"
#include "base/error.h"
#include "bench/measure/clocks.h"
#include "bench/measure/temporary_folder.h"
#include "engine/graph/graph.h"
#include "engine/plan/plan.h"
#include "engine/runtime/run.h"

namespace cfo::bench {
namespace {

using engine::Kind;
using engine::Role;

/// Leaves its items as they are.
struct Pass : engine::Node {
  void process(std::span<engine::Work>) override {}
};

/// A line an item.
struct Lines : engine::Node {
  explicit Lines(const std::filesystem::path& path) : file(path) {}
  void process(std::span<engine::Work> batch) override {
    for (auto& work : batch) file << work.output.id << '\n';
  }
  void finish() override { file.close(); }
  std::ofstream file;
};

Kind numbers_kind() {
  Kind kind{.name = "numbers", .summary = "one number", .role = Role::source};
  kind.parameters = {{.name = "number", .type = engine::Type::integer, .summary = "which"}};
  kind.plan = [](const engine::Parameters& parameters) {
    engine::SourcePlan plan;
    plan.items.push_back({std::to_string(parameters.integer("number")), 1.0, "", {}});
    return plan;
  };
  kind.make = [](const engine::NodeContext&) { return std::make_unique<Pass>(); };
  return kind;
}

Kind lines_kind() {
  Kind kind{.name = "lines", .summary = "a text file", .role = Role::sink, .ports = {{.name = "in"}}};
  kind.outputs = {{"lines", ".txt"}};
  kind.make = [](const engine::NodeContext& context) { return std::make_unique<Lines>(context.files.front()); };
  return kind;
}

Kind count_kind() {
  Kind kind{.name = "count", .summary = "how many files", .role = Role::task, .ports = {{.name = "data"}}};
  kind.parameters = {{.name = "number",
                      .type = engine::Type::integer,
                      .summary = "of which flow",
                      .default_value = engine::Value(int64_t{0})}};
  kind.outputs = {{"counts", ".txt"}};
  kind.run = [](engine::TaskContext& context) {
    std::ofstream(context.files.front()) << context.inputs.at("data").size() << '\n';
  };
  return kind;
}

std::string graph_of(std::size_t flows) {
  std::string values;
  for (std::size_t i = 0; i < flows; ++i) values += (i > 0 ? ", " : "") + std::to_string(i);
  return fmt::format(
      "name: units\nforeach: {{number: [{}]}}\nnodes:\n"
      "  in: {{kind: numbers, number: $number}}\n"
      "  out: {{kind: lines, from: in}}\n"
      "then:\n"
      "  each: {{kind: count, from: out, number: $number}}\n"
      "  all: {{kind: count, from: each}}\n",
      values);
}

}  // namespace

UnitSpeed measure_units(std::size_t units, int threads) {
  const TemporaryFolder folder;
  engine::Registry registry;
  for (auto& kind : {numbers_kind(), lines_kind(), count_kind()}) registry.add(kind);
  write_durably(folder.path() / "graph.yaml", graph_of((units - 1) / 2));
  UnitSpeed speed;
  const Stopwatch watch;
  const auto graph = engine::read_graph(folder.path() / "graph.yaml", registry, {});
  const auto plan = engine::make_plan(graph);
  speed.plan_seconds = watch.read().wall;
  speed.units = plan.units.size();
  engine::RunOptions options;
  options.folder = folder.path() / "run";
  options.threads = threads;
  options.quiet = true;
  const std::atomic<bool> stop{false};
  const auto run = [&] {
    const auto report = engine::run_graph(graph, plan, options, stop);
    if (!report.complete()) throw Error("{}: {} units failed", options.folder.string(), report.failed);
    return report.wall;
  };
  speed.run_seconds = run();
  speed.resume_seconds = run();
  return speed;
}

}  // namespace cfo::bench
