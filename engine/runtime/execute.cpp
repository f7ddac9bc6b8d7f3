#include "engine/runtime/execute.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>

#include "base/durable_file.h"
#include "base/process/cpu_time.h"
#include "engine/plan/inputs.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/reason.h"
#include "engine/runtime/run_tables.h"

namespace cfo::engine {
namespace fs = std::filesystem;
namespace {

Artifact artifact_of(const ExecuteContext& context, std::size_t index, const std::string& node_name) {
  const Unit& unit = context.plan.units[index];
  const GraphNode* node = context.graph.find(node_name);
  Artifact artifact{node_name, node->kind->name, unit.bindings, {}};
  std::size_t at = 0;  // files stand in the order of the unit's sinks and their outputs
  for (const auto* member : unit.nodes) {
    const bool writes = member->kind->role == Role::sink || member->kind->role == Role::task;
    for (std::size_t i = 0; writes && i < member->kind->outputs.size(); ++i, ++at)
      if (member == node) artifact.files.push_back(context.folder / unit.files[at]);
  }
  return artifact;
}

std::vector<Artifact> artifacts_of(const ExecuteContext& context, const Reference& reference) {
  std::vector<Artifact> found;
  for (const auto index : units_of(context.plan, reference, context.unit.bindings))
    found.push_back(artifact_of(context, index, reference.node));
  return found;
}

std::vector<Artifact> needs_of(const ExecuteContext& context, const GraphNode& node) {
  std::vector<Artifact> found;
  for (const auto& need : node.needs)
    for (auto& artifact : artifacts_of(context, {"needs", need, {}})) found.push_back(std::move(artifact));
  return found;
}

/// Partial names of the unit's outputs, their folders made, leftovers of an earlier attempt removed.
std::vector<fs::path> fresh_partials(const ExecuteContext& context) {
  std::vector<fs::path> partials;
  for (const auto& file : context.unit.files) {
    const fs::path partial = partial_name(context.folder / file);
    std::error_code code;
    fs::create_directories(partial.parent_path(), code);
    if (code) throw_write_error(partial.parent_path(), code.value());
    fs::remove_all(partial);
    partials.push_back(partial);
  }
  return partials;
}

std::string device_for(const ExecuteContext& context, const GraphNode& node) {
  if (node.kind->role != Role::sink) return device_of(node, context.unit.bindings, context.device);
  const std::string devices = devices_of(context.unit, context.device);
  return devices.empty() ? "cpu" : devices;
}

FlowNode make_flow_node(const ExecuteContext& context, const GraphNode& node, const std::string& digest,
                        const std::vector<fs::path>& files) {
  const Parameters parameters = parameters_for(node, context.unit.bindings);
  const NodeContext node_context{parameters,
                                 context.unit.bindings,
                                 static_cast<uint64_t>(context.graph.settings.integer("seed")),
                                 context.unit.id,
                                 device_for(context, node),
                                 files,
                                 needs_of(context, node),
                                 digest,
                                 context.contents.digest_of(context.unit)};
  FlowNode result;
  result.name = node.name;
  result.body = node.kind->make(node_context);
  result.ordered = node.kind->role == Role::sink;
  if (result.ordered) return result;
  result.concurrency = static_cast<std::size_t>(
      parameters.is_choice("concurrency") ? context.threads : parameters.integer("concurrency"));
  result.batch = static_cast<std::size_t>(parameters.integer("batch"));
  result.batch_seconds = parameters.number("batch_seconds");
  result.bucket = static_cast<std::size_t>(parameters.integer("bucket"));
  return result;
}

std::vector<FlowNode> make_flow_nodes(const ExecuteContext& context, const std::vector<fs::path>& partials) {
  const std::string digest = graph_digest(context.graph, context.unit);
  std::vector<FlowNode> nodes;
  std::size_t at = 0;
  for (const auto* node : context.unit.nodes) {
    std::vector<fs::path> files;
    if (node->kind->role == Role::sink)
      for (std::size_t i = 0; i < node->kind->outputs.size(); ++i) files.push_back(partials[at++]);
    nodes.push_back(make_flow_node(context, *node, digest, files));
    for (const auto& port : node->kind->ports)
      for (const auto& reference : node->from)
        if (reference.port == port.name) {
          const auto upstream =
              std::find_if(nodes.begin(), nodes.end(), [&](const auto& n) { return n.name == reference.node; });
          nodes.back().inputs.push_back(static_cast<std::size_t>(upstream - nodes.begin()));
        }
  }
  return nodes;
}

enum class Pace {
  as_the_graph_says,
  one_by_one  ///< with the least memory
};

/// True when it is to be done again, one by one.
bool execute_flow(const ExecuteContext& context, const std::vector<fs::path>& partials, Pace pace,
                  storage::LedgerRecord& record) {
  std::vector<FlowNode> nodes = make_flow_nodes(context, partials);
  context.warm.clear();
  const auto& planned = context.unit.source->items.items;
  const auto make_item = [&](std::size_t i) {
    const PlannedItem& from = planned[context.unit.first + i];
    Item item;
    item.index = i;
    item.id = from.id;
    item.seconds = from.seconds;
    item.set(engine::planned, from.payload);
    return item;
  };
  FlowSettings settings;
  settings.threads = context.threads;
  settings.in_flight = static_cast<std::size_t>(context.graph.settings.integer("in_flight"));
  settings.stop = &context.stop;
  settings.trace = context.trace;
  settings.unit = context.unit.id;
  settings.on_item_done = [&](const Item& item) {
    context.progress.add(context.unit.id, item.seconds);
    if (item.failure) context.progress.failure();
  };
  if (pace == Pace::one_by_one) {
    settings.threads = 1;
    settings.in_flight = 1;
    for (auto& node : nodes) node.concurrency = node.batch = node.bucket = 1;
  }
  FlowResult result = run_flow(nodes, context.unit.last - context.unit.first, make_item, settings);
  if (!result.complete) throw Interrupted();
  if (result.lacked_memory && pace != Pace::one_by_one) {
    context.progress.say(fmt::format("{}: out of memory; once more, one item at a time", context.unit.id));
    return true;
  }
  if (result.failed == result.items && result.items > 0)
    throw Error("every item failed; the first: {}: {}", result.failures.front().item, result.failures.front().reason);
  record.items = result.items;
  record.failed = result.failed;
  record.seconds = result.seconds;
  record.failures = std::move(result.failures);
  record.remarks = std::move(result.remarks);
  record.metrics = std::move(result.metrics);
  record.cpu = result.cpu_seconds;
  std::erase_if(nodes, [](const FlowNode& node) { return node.ordered; });
  context.warm = std::move(nodes);
  return false;
}

/// The scratch folder of a task; emptied when it was left by an attempt with other inputs.
fs::path open_scratch(const ExecuteContext& context) {
  const fs::path folder = scratch_folder(context.folder, context.unit);
  const fs::path mark = folder / "inputs";
  if (fs::exists(mark) && read_text(mark) == context.inputs) return folder;
  fs::remove_all(folder);
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) throw_write_error(folder, code.value());
  write_durably(mark, context.inputs);
  return folder;
}

void execute_task(const ExecuteContext& context, const std::vector<fs::path>& partials, storage::LedgerRecord& record) {
  const GraphNode& node = context.unit.main();
  const Parameters parameters = parameters_for(node, context.unit.bindings);
  std::map<std::string, std::vector<Artifact>> inputs;
  for (const auto& port : node.kind->ports) inputs[port.name] = {};
  for (const auto& reference : node.from)
    for (auto& artifact : artifacts_of(context, reference)) inputs[reference.port].push_back(std::move(artifact));
  inputs["needs"] = needs_of(context, node);
  std::mutex mutex;
  TaskContext task{
      parameters,
      context.unit.bindings,
      static_cast<uint64_t>(context.graph.settings.integer("seed")),
      context.unit.id,
      device_for(context, node),
      context.folder,
      partials,
      open_scratch(context),
      std::move(inputs),
      context.stop,
      [&](double fraction, const std::string& note) { context.progress.fraction(context.unit.id, fraction, note); },
      [&](const std::string& item, const std::exception& error) {
        const Reason reason = reason_of(error);
        const std::lock_guard lock(mutex);
        record.failures.push_back({node.name, item, reason.text, reason.of_the_machine});
        context.progress.failure();
      },
      [&](double seconds) {
        const std::lock_guard lock(mutex);
        record.seconds += seconds;
        context.progress.account(context.unit.id, seconds);
      }};
  const auto begin = Trace::Clock::now();
  const double cpu = process::thread_cpu_seconds();
  node.kind->run(task);
  record.cpu = process::thread_cpu_seconds() - cpu;
  record.failed = record.failures.size();
  if (context.trace != nullptr)
    context.trace->event(node.name, context.unit.id, context.unit.id, begin, Trace::Clock::now());
}

}  // namespace

storage::LedgerRecord execute(const ExecuteContext& context) {
  storage::LedgerRecord record;
  record.unit = context.unit.id;
  record.kind = context.unit.main().kind->name;
  record.node = context.unit.main().name;
  record.inputs = context.inputs;
  record.engine = CFO_VERSION;
  record.device = devices_of(context.unit, context.device);
  record.started = storage::utc_now();
  const auto begin = std::chrono::steady_clock::now();
  if (context.unit.is_task()) {
    execute_task(context, fresh_partials(context), record);
  } else if (execute_flow(context, fresh_partials(context), Pace::as_the_graph_says, record)) {
    context.progress.begin(context.unit.id, context.unit.seconds);
    execute_flow(context, fresh_partials(context), Pace::one_by_one, record);
  }
  record.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  record.finished = storage::utc_now();
  return record;
}

}  // namespace cfo::engine
