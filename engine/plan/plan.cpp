#include "engine/plan/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "base/text.h"

namespace cfo::engine {
namespace {

/// Every ancestor of the sinks and the sinks themselves, in graph order.
std::vector<const GraphNode*> flow_of(const Graph& graph, const std::vector<const GraphNode*>& sinks) {
  std::set<std::string> wanted;
  for (const auto* sink : sinks) wanted.insert(sink->name);
  std::vector<const GraphNode*> flow;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (node->kind->role == Role::task || !wanted.contains(node->name)) continue;
    for (const auto& reference : node->from) wanted.insert(reference.node);
    flow.insert(flow.begin(), &*node);
  }
  // Sinks last, so that Unit::main is one.
  std::stable_partition(flow.begin(), flow.end(), [](const auto* node) { return node->kind->role != Role::sink; });
  return flow;
}

/// Sinks that share a source and all variables run in one flow, so that shared work is done once.
std::vector<std::vector<const GraphNode*>> group_sinks(const Graph& graph) {
  std::map<std::pair<std::string, std::set<std::string>>, std::vector<const GraphNode*>> groups;
  std::vector<std::pair<std::string, std::set<std::string>>> order;
  for (const auto& node : graph.nodes) {
    if (node.kind->role != Role::sink) continue;
    const auto key = std::make_pair(flow_of(graph, {&node}).front()->name, node.variables);
    if (groups[key].empty()) order.push_back(key);
    groups[key].push_back(&node);
  }
  std::vector<std::vector<const GraphNode*>> result;
  for (const auto& key : order) result.push_back(groups[key]);
  return result;
}

std::string folder_of(const GraphNode& node, const Bindings& bindings) {
  const std::string folder = parameters_for(node, bindings).text("folder");
  if (folder != "auto") return folder;
  const std::string path = joined(bindings);
  return path.empty() ? node.name : path;
}

/// The path of a unit's first output, without the last part of the extension that its kind declares (a codec's name may
/// hold dots): two kinds that write beside each other, models/x.tables.safetensors and models/x, stay apart.
std::string unit_id(const std::filesystem::path& file, const Output& output) {
  const std::string path = file.string();
  const auto last_part = output.extension.rfind('.');
  return last_part == std::string::npos ? path : path.substr(0, path.size() - (output.extension.size() - last_part));
}

class Planner {
 public:
  Planner(const Graph& graph, bool tolerate) : graph_(graph), tolerate_(tolerate) {}

  Plan plan() {
    // Tasks that a flow needs come before it; graph order already says so, and sinks carry their flow's needs.
    const auto groups = group_sinks(graph_);
    std::set<std::string> done;
    for (const auto& node : graph_.nodes) {
      if (node.kind->role == Role::task && !node.kind->tells_of_run) add_tasks(node);
      for (const auto& sinks : groups)
        if (sinks.back()->name == node.name) add_flow(sinks);
    }
    const std::size_t told_of = plan_.units.size();
    for (const auto& node : graph_.nodes)
      if (node.kind->tells_of_run) add_tasks(node);
    for (std::size_t i = told_of; i < plan_.units.size(); ++i) {
      plan_.units[i].waits_for.resize(told_of);
      std::iota(plan_.units[i].waits_for.begin(), plan_.units[i].waits_for.end(), std::size_t{0});
    }
    check_files();
    if (plan_.units.empty() && !starved_.empty())
      refuse(fmt::format("there is nothing to do: {}", starved_.begin()->second));
    for (const auto& [node, values] : empty_)
      plan_.notes.insert(fmt::format("node '{}' has no items for {}", node, fmt::join(values, ", ")));
    return std::move(plan_);
  }

 private:
  std::shared_ptr<const PlannedSource> source_for(const GraphNode& source, const Bindings& bindings) {
    Bindings own;
    for (const auto& binding : bindings)
      if (source.variables.contains(binding.first)) own.push_back(binding);
    auto& known = sources_[source.name + "|" + joined(own)];
    if (known == nullptr) {
      auto listed = std::make_shared<PlannedSource>(PlannedSource{source.name, own, list(source, own)});
      for (const auto& fault : listed->items.faults)  // every split of a corpus lists the same missing files
        if (told_.insert(source.name + "|" + fault.item).second)
          plan_.faults.push_back({source.name, fault.item, fault.reason});
      plan_.notes.insert(listed->items.notes.begin(), listed->items.notes.end());
      known = std::move(listed);
      if (known->items.items.empty() && !unlisted_.contains(source.name)) note_empty(source, own, known->items.faults);
    }
    return known;
  }

  /// A source that found nothing is told; one that is not optional stops the plan where a task has nothing to work on
  /// without it.
  void note_empty(const GraphNode& source, const Bindings& own, const std::vector<PlannedFault>& faults) {
    const std::string values = own.empty() ? "this graph" : joined(own);
    if (source.may_be_empty) {
      empty_[source.name].push_back(values);
      return;
    }
    const std::string reason = faults.empty() ? ""
                                              : fmt::format("; left out: {}, the first: {}",
                                                            counted(faults.size(), "item"), faults.front().reason);
    const std::string sentence = fmt::format("node '{}' has no items for {}{}", source.name, values, reason);
    plan_.notes.insert(sentence);
    starved_.emplace(source.name, sentence);
  }

  /// Why a task has nothing to work on, "" when it has.
  std::string why_starved(const GraphNode& node, const Bindings& bindings) const {
    for (const auto& port : node.kind->ports) {
      std::string reason;
      for (const auto& reference : node.from) {
        if (reference.port != port.name || port.optional) continue;
        if (!units_of(plan_, reference, bindings).empty()) {
          reason.clear();
          break;
        }
        const GraphNode* const from = graph_.find(reference.node);
        if (from->kind->role == Role::task) continue;
        if (const auto source = starved_.find(flow_of(graph_, {from}).front()->name); source != starved_.end())
          reason = source->second;
      }
      if (!reason.empty()) return reason;
    }
    return "";
  }

  void refuse(const std::string& sentence) {
    if (!tolerate_) throw Error("{}: {}", graph_.file.string(), sentence);
    plan_.notes.insert(sentence);
  }

  SourcePlan list(const GraphNode& source, const Bindings& bindings) {
    const Parameters parameters = parameters_for(source, bindings);
    if (tolerate_ && source.kind->lacks && !source.kind->lacks(parameters).empty()) {  // the graph notes it
      unlisted_.insert(source.name);
      return {};
    }
    try {
      return source.kind->plan(parameters);
    } catch (const Error& error) {
      if (!tolerate_) throw;
      unlisted_.insert(source.name);
      plan_.notes.insert(error.what());
      return {};
    }
  }

  void add_flow(const std::vector<const GraphNode*>& sinks) {
    const auto flow = flow_of(graph_, sinks);
    const auto shard_items = static_cast<std::size_t>(graph_.settings.integer("shard_items"));
    for (const auto& bindings : combinations(graph_, sinks.front()->variables)) {
      const auto source = source_for(*flow.front(), bindings);
      const std::size_t total = source->items.items.size();
      double cost = 0;
      for (const auto* node : flow)
        if (node->kind->cost) cost += node->kind->cost(parameters_for(*node, bindings), {});
      for (std::size_t first = 0, shard = 0; first < total; first += shard_items, ++shard) {
        Unit unit;
        unit.bindings = bindings;
        unit.nodes = flow;
        unit.source = source;
        unit.first = first;
        unit.last = std::min(total, first + shard_items);
        for (std::size_t i = unit.first; i < unit.last; ++i) unit.seconds += source->items.items[i].seconds;
        for (const auto* sink : sinks)
          for (const auto& output : sink->kind->outputs) {
            unit.files.emplace_back(
                fmt::format("{}/{}/{:05}{}", output.folder, folder_of(*sink, bindings), shard, output.extension));
            unit.bytes += unit.seconds * sink->kind->weight;
          }
        unit.cpu_seconds = cost * unit.seconds;
        unit.id = unit_id(unit.files.front(), sinks.front()->kind->outputs.front());
        add_needs(unit);
        plan_.units.push_back(std::move(unit));
      }
    }
  }

  /// Whether `reference` of a task brings no units because a source that may be empty found nothing.
  bool is_empty(const Reference& reference, const Bindings& bindings) const {
    if (!units_of(plan_, reference, bindings).empty()) return false;
    const GraphNode* const node = graph_.find(reference.node);
    if (node->kind->role == Role::task) return without_input_.contains(node->name);
    return empty_.contains(flow_of(graph_, {node}).front()->name);
  }

  /// Whether a port that must have an input has none because a source that may be empty found nothing.
  bool lacks_input(const GraphNode& node, const Bindings& bindings) const {
    return std::any_of(node.kind->ports.begin(), node.kind->ports.end(), [&](const auto& port) {
      bool fed = port.optional, named = false;
      for (const auto& reference : node.from) {
        if (reference.port != port.name) continue;
        named = true;
        fed = fed || !is_empty(reference, bindings);
      }
      return named && !fed;
    });
  }

  void add_tasks(const GraphNode& node) {
    for (const auto& bindings : combinations(graph_, node.variables)) {
      const Parameters parameters = parameters_for(node, bindings);
      const bool applies = !node.kind->applies || node.kind->applies(parameters);
      if (!applies || lacks_input(node, bindings)) {
        without_input_.insert(node.name);
        continue;
      }
      if (const std::string reason = why_starved(node, bindings); !reason.empty())
        refuse(fmt::format("node '{}' has nothing to work on: {}; change its settings, or mark it optional: true",
                           node.name, reason));
      Unit unit;
      unit.bindings = bindings;
      unit.nodes = {&node};
      for (const auto& output : node.kind->outputs) {
        const std::string folder = folder_of(node, bindings);
        unit.files.emplace_back(output.folder.empty() ? folder + output.extension
                                                      : output.folder + "/" + folder + output.extension);
      }
      unit.id = unit_id(unit.files.front(), node.kind->outputs.front());
      unit.read = files_read(node, bindings);
      if (node.kind->bytes) unit.bytes = node.kind->bytes(parameters);
      std::vector<Parameters> inputs;
      for (const auto& reference : node.from) {
        const auto units = units_of(plan_, reference, bindings);
        for (const auto index : units) {
          unit.waits_for.push_back(index);
          if (!plan_.units[index].is_task()) unit.seconds += plan_.units[index].seconds;
        }
        if (node.kind->cost && !units.empty())
          inputs.push_back(parameters_for(*graph_.find(reference.node), plan_.units[units.front()].bindings));
      }
      if (node.kind->cost) unit.cpu_seconds = node.kind->cost(parameters, inputs) * unit.seconds;
      add_needs(unit);
      plan_.units.push_back(std::move(unit));
    }
  }

  /// A corpus that cannot be listed is told by what runs, or is a note by now.
  std::shared_ptr<const PlannedSource> files_read(const GraphNode& node, const Bindings& bindings) const {
    if (!node.kind->files) return nullptr;
    const Parameters parameters = parameters_for(node, bindings);
    if (tolerate_ && node.kind->lacks && !node.kind->lacks(parameters).empty()) return nullptr;
    return std::make_shared<PlannedSource>(PlannedSource{node.name, bindings, {node.kind->files(parameters), {}, {}}});
  }

  void add_needs(Unit& unit) {
    for (const auto* node : unit.nodes)
      for (const auto& need : node->needs)
        for (const auto index : units_of(plan_, {"needs", need, {}}, unit.bindings)) unit.waits_for.push_back(index);
    std::sort(unit.waits_for.begin(), unit.waits_for.end());
    unit.waits_for.erase(std::unique(unit.waits_for.begin(), unit.waits_for.end()), unit.waits_for.end());
  }

  void check_files() const {
    std::map<std::string, const Unit*> owners;
    std::set<std::string> ids;
    for (const auto& unit : plan_.units) {
      for (const auto& file : unit.files) {
        if (file.is_absolute() || std::find(file.begin(), file.end(), "..") != file.end())
          throw Error("{}: the node '{}' would write {}, outside the run folder; give it a 'folder:' without '..'",
                      graph_.file.string(), unit.main().name, file.string());
        if (const auto [at, added] = owners.emplace(file.string(), &unit); !added)
          throw Error(
              "{}: the nodes '{}' and '{}' would both write {}; give one of them another 'folder:' (e.g. folder: "
              "{}/$codec)",
              graph_.file.string(), at->second->main().name, unit.main().name, file.string(), unit.main().name);
      }
      if (!ids.insert(unit.id).second)
        throw Error("{}: the node '{}' and another one both make the unit {}; give one of them another 'folder:'",
                    graph_.file.string(), unit.main().name, unit.id);
    }
  }

  const Graph& graph_;
  bool tolerate_;
  Plan plan_;
  std::map<std::string, std::shared_ptr<const PlannedSource>> sources_;
  std::set<std::string> told_;
  std::map<std::string, std::string> starved_;  ///< sources that must not be empty and are; a sentence about each
  std::set<std::string> unlisted_;              ///< sources that a tolerant plan could not list
  std::map<std::string, std::vector<std::string>>
      empty_;  ///< sources that may be empty, and the values without an item
  std::set<std::string>
      without_input_;  ///< tasks with units that are left out for that reason, or that have nothing to do
};

}  // namespace

std::span<const PlannedItem> Unit::items() const {
  if (source != nullptr) return std::span(source->items.items).subspan(first, last - first);
  return read == nullptr ? std::span<const PlannedItem>() : std::span(read->items.items);
}

std::string Unit::items_from() const { return source != nullptr ? source->node : main().name; }

double Plan::seconds() const {
  return std::accumulate(units.begin(), units.end(), 0.0,
                         [](double sum, const Unit& u) { return sum + (u.is_task() ? 0 : u.seconds); });
}
double Plan::bytes() const {
  return std::accumulate(units.begin(), units.end(), 0.0, [](double sum, const Unit& u) { return sum + u.bytes; });
}
std::size_t Plan::items() const {
  return std::accumulate(units.begin(), units.end(), std::size_t{0},
                         [](std::size_t sum, const Unit& u) { return sum + (u.last - u.first); });
}

std::vector<std::size_t> units_of(const Plan& plan, const Reference& reference, const Bindings& bindings) {
  std::vector<std::size_t> found;
  for (std::size_t index = 0; index < plan.units.size(); ++index) {
    const Unit& unit = plan.units[index];
    const bool named = std::any_of(unit.nodes.begin(), unit.nodes.end(), [&](const auto* node) {
      return node->name == reference.node && (node->kind->role == Role::sink || node->kind->role == Role::task);
    });
    if (!named) continue;
    const bool fits = std::all_of(unit.bindings.begin(), unit.bindings.end(), [&](const auto& binding) {
      if (const auto filter = reference.filters.find(binding.first); filter != reference.filters.end())
        return std::any_of(filter->second.begin(), filter->second.end(),
                           [&](const auto& value) { return bind_text(value, bindings) == binding.second; });
      const std::string own = bound(bindings, binding.first);
      return own.empty() || own == binding.second;
    });
    if (fits) found.push_back(index);
  }
  return found;
}

Plan make_plan(const Graph& graph, bool tolerate) { return Planner(graph, tolerate).plan(); }

}  // namespace cfo::engine
