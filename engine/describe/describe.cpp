#include "engine/describe/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "base/durable_file.h"
#include "base/nearest.h"
#include "base/process/progress.h"
#include "engine/graph/graph_values.h"
#include "engine/plan/inputs.h"
#include "engine/runtime/devices.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/ledger.h"

namespace cfo::engine {
namespace {

std::string_view role_name(Role role) {
  switch (role) {
    case Role::source:
      return "source";
    case Role::transform:
      return "transform";
    case Role::sink:
      return "sink";
    case Role::task:
      return "task";
  }
  return "";
}

std::string describe_parameter(const Parameter& parameter) {
  std::string type(type_name(parameter.type));
  if (!parameter.choices.empty())
    type = (parameter.type == Type::text ? "" : type + " or ") + fmt::format("{}", fmt::join(parameter.choices, " | "));
  if (!parameter.unit.empty()) type += " [" + parameter.unit + "]";
  std::string range;
  if (parameter.min && parameter.max)
    range = fmt::format(", {} to {}", *parameter.min, *parameter.max);
  else if (parameter.min)
    range = fmt::format(", at least {}", *parameter.min);
  else if (parameter.max)
    range = fmt::format(", at most {}", *parameter.max);
  const std::string otherwise = parameter.default_value ? "default " + spelled(*parameter.default_value) : "required";
  return fmt::format("    {:<20} {} ({}{}; {})\n", parameter.name, parameter.summary, type, range, otherwise);
}

std::string described(const AnyField& field, bool optional = false) {
  return fmt::format("    {:<20} {}{}\n", field.name, field.meaning, optional ? " (if present)" : "");
}

std::string describe_kind(const Kind& kind) {
  std::string text = fmt::format("{} ({}): {}\n", kind.name, role_name(kind.role), kind.summary);
  for (const auto& port : kind.ports) {
    text += fmt::format("  input {}{}{}\n", port.name, port.optional ? " (optional)" : "",
                        port.reads.empty() ? "" : ", reads");
    for (const auto& read : port.reads) text += described(read.field, read.optional);
  }
  for (const auto& reads : kind.reads_by_parameter)
    text += fmt::format("  input {} also reads the fields that the parameter '{}' names\n", kind.ports.front().name,
                        reads.parameter);
  if (!kind.writes.empty()) text += "  writes\n";
  for (const auto& field : kind.writes) text += described(field);
  if (!kind.drops.empty()) text += "  removes\n";
  for (const auto& field : kind.drops) text += described(field);
  const auto parameters = all_parameters(kind);
  for (const auto& output : kind.outputs)
    text += fmt::format("  makes {}{}...{}\n", output.folder, output.folder.empty() ? "" : "/", output.extension);
  if (!kind.section.empty()) text += fmt::format("  parameters may stand in the graph's block '{}'\n", kind.section);
  if (!parameters.empty()) text += "  parameters\n";
  for (const auto& parameter : parameters) text += describe_parameter(parameter);
  return text;
}

std::string edge_text(const GraphNode& node) {
  std::string text;
  for (const auto& reference : node.from) {
    text += (text.empty() ? " <- " : ", ");
    if (node.kind->ports.size() > 1) text += reference.port + "=";
    text += reference.node;
    for (const auto& [variable, values] : reference.filters)
      text += fmt::format("[{}={}]", variable, fmt::join(values, ","));
  }
  return text;
}

bool is_default(const Parameter& parameter, const YAML::Node& value) {
  if (!parameter.default_value || !variables_in(value).empty()) return false;
  const auto converted = convert(parameter, value, {});
  return std::holds_alternative<Value>(converted) &&
         spelled(std::get<Value>(converted)) == spelled(*parameter.default_value);
}

/// Wall seconds a second of audio (flows) or a unit (tasks), by node and codec-like binding, from what is finished.
struct Pace {
  double wall = 0, amount = 0;
};

std::map<std::string, Pace> paces_of(const Plan& plan, const std::map<std::string, storage::LedgerRecord>& records) {
  std::map<std::string, Pace> paces;
  for (const auto& unit : plan.units) {
    const auto record = records.find(unit.id);
    if (record == records.end()) continue;
    auto& pace = paces[unit.main().name + (unit.bindings.empty() ? "" : "/" + unit.bindings.front().second)];
    pace.wall += record->second.wall;
    pace.amount += unit.is_task() ? 1 : record->second.seconds;
  }
  return paces;
}

/// What the units that are not finished will take: by the pace of finished ones, else by the benchmarks' speeds.
std::string time_left(const Plan& plan, const std::vector<bool>& finished,
                      const std::map<std::string, storage::LedgerRecord>& records) {
  const auto paces = paces_of(plan, records);
  double wall = 0, cpu = 0;
  std::size_t paced = 0, estimated = 0, unknown = 0;
  for (std::size_t i = 0; i < plan.units.size(); ++i) {
    if (finished[i]) continue;
    const Unit& unit = plan.units[i];
    const auto pace = paces.find(unit.main().name + (unit.bindings.empty() ? "" : "/" + unit.bindings.front().second));
    if (pace != paces.end() && pace->second.amount > 0) {
      wall += pace->second.wall / pace->second.amount * (unit.is_task() ? 1 : unit.seconds);
      ++paced;
    } else if (unit.cpu_seconds > 0) {
      cpu += unit.cpu_seconds;
      ++estimated;
    } else {
      ++unknown;
    }
  }
  if (paced + estimated + unknown == 0) return "nothing is left to do";
  std::string text;
  if (paced > 0) text += fmt::format("time left: about {}, by what is finished", process::duration_text(wall));
  if (estimated > 0) {
    const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    text +=
        fmt::format("{}{} units at the benchmarks' speeds: about {:.1f} CPU hours, {} on {} threads",
                    text.empty() ? "" : "\n", estimated, cpu / 3600, process::duration_text(cpu / threads), threads);
  }
  if (unknown > 0) text += fmt::format("{}{} units of unknown pace", text.empty() ? "" : ", and ", unknown);
  return text;
}

struct Sum {
  std::size_t units = 0, done = 0, items = 0;
  double seconds = 0, bytes = 0, cpu_seconds = 0;
};

std::string sum_row(const std::string& name, const Sum& sum, const std::string& note) {
  const auto hours = [](double seconds) { return seconds > 0 ? fmt::format("{:.2f}", seconds / 3600) : "-"; };
  return fmt::format("  {:<38} {:>6} {:>6} {:>9} {:>9} {:>10} {:>10}  {}\n", name, sum.units, sum.done, sum.items,
                     hours(sum.items > 0 ? sum.seconds : 0), sum.bytes > 0 ? process::bytes_text(sum.bytes) : "-",
                     hours(sum.cpu_seconds), note);
}

void add(Sum& sum, const Unit& unit, bool done) {
  ++sum.units;
  sum.done += done ? 1 : 0;
  sum.items += unit.last - unit.first;
  sum.seconds += unit.is_task() ? 0 : unit.seconds;
  sum.bytes += unit.bytes;
  sum.cpu_seconds += unit.cpu_seconds;
}

}  // namespace

std::string describe_kinds(const Registry& registry, const std::string& only) {
  if (!only.empty()) {
    const Kind* kind = registry.find(only);
    if (kind == nullptr) throw Error("unknown node kind '{}'{}", only, suggestion(only, registry.names()));
    return describe_kind(*kind);
  }
  std::string text;
  for (const auto role : {Role::source, Role::transform, Role::sink, Role::task})
    for (const auto& [name, kind] : registry.kinds())
      if (kind.role == role) text += (text.empty() ? "" : "\n") + describe_kind(kind);
  return text;
}

std::string describe_graph(const Graph& graph) {
  std::string text = fmt::format("graph {} ({})\n", graph.settings.text("name"), graph.file.string());
  if (!graph.settings.text("description").empty()) text += "  " + graph.settings.text("description") + "\n";
  for (const auto& [variable, values] : graph.foreach)
    text += fmt::format("  for each {}: {}\n", variable, fmt::join(values, ", "));
  std::size_t longest = 0;
  for (const auto& node : graph.nodes) longest = std::max(longest, node.name.size());
  for (const auto& node : graph.nodes) {
    text += fmt::format("  {:<{}}  {}{}{}", node.name, longest, node.kind->name, edge_text(node),
                        node.needs.empty() ? "" : fmt::format(" (needs {})", fmt::join(node.needs, ", ")));
    for (const auto& parameter : all_parameters(*node.kind)) {
      const auto& value = node.values.at(parameter.name);
      if (is_default(parameter, value)) continue;
      YAML::Emitter out;
      out << YAML::Flow << value;
      text += fmt::format("  {}={}", parameter.name, out.c_str());
    }
    text += "\n";
  }
  return text;
}

std::string graph_as_dot(const Graph& graph) {
  std::string text = "digraph \"" + graph.settings.text("name") +
                     "\" {\n  rankdir=LR; node [shape=box, style=rounded, fontname=Helvetica];\n";
  for (const auto& node : graph.nodes) {
    const bool task = node.kind->role == Role::task;
    text += fmt::format("  \"{}\" [label=\"{}\\n{}\"{}];\n", node.name, node.name, node.kind->name,
                        task ? ", shape=component" : "");
    for (const auto& reference : node.from) {
      std::string label = node.kind->ports.size() > 1 ? reference.port : "";
      for (const auto& [variable, values] : reference.filters)
        label += fmt::format(" {}={}", variable, fmt::join(values, ","));
      text += fmt::format("  \"{}\" -> \"{}\" [label=\"{}\"];\n", reference.node, node.name, label);
    }
    for (const auto& need : node.needs) text += fmt::format("  \"{}\" -> \"{}\" [style=dashed];\n", need, node.name);
  }
  return text + "}\n";
}

std::string describe_plan(const Graph& graph, const Plan& plan, const std::filesystem::path& folder) {
  const auto finished = finished_units(graph, plan, folder);
  const auto records = std::filesystem::exists(folder / storage::ledger_file)
                           ? storage::read_ledger(folder / storage::ledger_file)
                           : std::map<std::string, storage::LedgerRecord>{};
  std::string text =
      fmt::format("plan of {} ({}) into {}\n", graph.settings.text("name"), graph.file.string(), folder.string());
  for (const auto& note : graph.notes) text += "  note: " + note + "\n";
  for (const auto& note : plan.notes)
    if (!graph.notes.contains(note)) text += "  note: " + note + "\n";
  FinishedRecords kept(plan.units.size(), nullptr);
  for (std::size_t i = 0; i < plan.units.size(); ++i)
    if (finished[i]) kept[i] = &records.at(plan.units[i].id);
  for (const auto& sentence : mixed_devices(plan, kept, graph.settings.text("device")))
    text += "  note: " + sentence + "\n";
  const auto header = [](const std::string& name) {
    return fmt::format("\n  {:<38} {:>6} {:>6} {:>9} {:>9} {:>10} {:>10}\n", name, "units", "done", "items", "audio h",
                       "size", "CPU h");
  };
  std::map<std::string, Sum> by_node, by_value;
  Sum total;
  for (std::size_t i = 0; i < plan.units.size(); ++i) {
    add(by_node[plan.units[i].main().name], plan.units[i], finished[i]);
    add(total, plan.units[i], finished[i]);
    for (const auto& [variable, value] : plan.units[i].bindings)
      add(by_value[variable + "=" + value], plan.units[i], finished[i]);
  }
  text += header("by node");
  for (const auto& node : graph.nodes)
    if (by_node.contains(node.name)) text += sum_row(node.name + " (" + node.kind->name + ")", by_node[node.name], "");
  text += sum_row("all", total, "");
  std::size_t unusable = 0;
  for (const auto& [variable, values] : graph.foreach) {
    text += header("by " + variable);
    for (const auto& value : values) {
      const auto blocked = std::find_if(graph.unavailable.begin(), graph.unavailable.end(),
                                        [&](const auto& u) { return u.variable == variable && u.value == value; });
      text +=
          sum_row(value, by_value[variable + "=" + value], blocked == graph.unavailable.end() ? "" : blocked->reason);
    }
  }
  unusable = graph.unavailable.size();
  text += "\n" + time_left(plan, finished, records) + "\n";
  std::set<std::string> told;
  for (const auto& node : graph.nodes) {
    if (!node.kind->describe) continue;
    for (const auto& bindings : combinations(graph, node.variables)) {
      const Parameters parameters = parameters_for(node, bindings);
      if (node.kind->lacks && !node.kind->lacks(parameters).empty()) continue;
      const std::string description = node.kind->describe(parameters);
      if (!description.empty() && told.insert(description).second) text += "\n" + description;
    }
  }
  if (!plan.faults.empty())
    text += fmt::format("{} items of the corpus are missing or unusable (they will stand in failures.tsv)\n",
                        plan.faults.size());
  if (unusable > 0)
    text += fmt::format("{} of the values above cannot be used on this machine yet, for the reason beside them; {}\n",
                        unusable,
                        graph.settings.text("missing") == "skip" ? "a run goes on without them (missing: skip)"
                                                                 : "a run refuses to start (missing: error)");
  return text;
}

}  // namespace cfo::engine
