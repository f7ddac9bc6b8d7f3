// The plan of a run: a graph cut into units of work, each with its outputs and what it waits for.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/graph.h"

namespace cfo::engine {

/// The planned items of one source for one set of bindings, shared by the units cut from it.
struct PlannedSource {
  std::string node;
  Bindings bindings;
  SourcePlan items;
};

/// A piece of a run that is done or not done: one shard of one flow, or one task. Its outputs appear whole or not at
/// all.
struct Unit {
  std::string id;  ///< unique and stable, e.g. "shards/mdct_rvq/train/00000" or "models/mdct_rvq"
  Bindings bindings;
  std::vector<const GraphNode*> nodes;  ///< flow: from source to sinks in order; task: the task alone
  std::vector<std::size_t> waits_for;   ///< units that must be complete
  std::vector<std::filesystem::path>
      files;  ///< outputs below the run folder, in the order of sinks and their kinds' outputs
  std::shared_ptr<const PlannedSource> source;  ///< flow units
  std::size_t first = 0, last = 0;              ///< its items [first, last) of the source
  std::shared_ptr<const PlannedSource> read;    ///< tasks: what they read besides; null: nothing
  double seconds = 0;                           ///< estimated audio
  double bytes = 0;                             ///< estimated output size
  double cpu_seconds = 0;                       ///< estimated work; 0: not known
  /// It waits until the others are finished or given up, and works with what there is.
  bool takes_what_is_there() const { return is_task() && !nodes.empty() && main().kind->tells_of_run; }
  bool is_task() const { return source == nullptr; }
  /// What it reads that no unit made.
  std::span<const PlannedItem> items() const;
  /// The node that lists them.
  std::string items_from() const;
  const GraphNode& main() const { return *nodes.back(); }
};

struct Plan {
  std::vector<Unit> units;  ///< every unit after those it waits for
  /// Items that a source listed but cannot deliver (a missing file), with the source's node.
  struct Fault {
    std::string node, item, reason;
  };
  std::vector<Fault> faults;
  std::set<std::string>
      notes;  ///< what a dry run does not refuse, and the foreach values that sources have no items for

  double seconds() const;
  double bytes() const;
  std::size_t items() const;
};

/// Lists the sources and cuts the graph into units; a task that would have no input because an optional source found
/// nothing is left out. Throws Error when two units would write the same file, or when a
/// source cannot be listed (`tolerate`: that becomes a note and the source has no items).
Plan make_plan(const Graph& graph, bool tolerate = false);

/// Units that `reference` of the task `unit` takes: same value for every variable that both use, filters applied.
std::vector<std::size_t> units_of(const Plan& plan, const Reference& reference, const Bindings& bindings);

}  // namespace cfo::engine
