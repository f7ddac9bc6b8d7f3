// Graphs, plans, node kinds and runs as text for people.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "engine/graph/graph.h"
#include "engine/plan/plan.h"
#include "engine/runtime/run.h"

namespace cfo::engine {

/// Every kind: its line, fields, outputs and parameters with type, unit, range and default. `only`: one kind, or "" for
/// all.
std::string describe_kinds(const Registry& registry, const std::string& only = "");

/// The nodes and edges of a graph, by flow, with every parameter that differs from its default.
std::string describe_graph(const Graph& graph);

/// The same as a Graphviz digraph.
std::string graph_as_dot(const Graph& graph);

/// The plan: units, items, hours, bytes, by node and by value of the foreach variables; what is done already in
/// `folder`; the time left as far as finished units tell; and what cannot be used here, value by value, with the
/// reason.
std::string describe_plan(const Graph& graph, const Plan& plan, const std::filesystem::path& folder);

enum class Check { quickly, everything };

struct RunDescription {
  std::string text;
  std::size_t damaged = 0;  ///< finished files that are not what they were, and units that lack one
};

/// A run folder's state: what is finished (units, throughput, failures, remarks), what of it is damaged, and what is
/// under way or was when it was killed. `everything`: each finished file is read whole, by all cores; `progress` hears
/// the share that is done and may throw to stop.
RunDescription describe_run(const std::filesystem::path& folder, Check check = Check::quickly,
                            const std::function<void(double fraction)>& progress = {});

}  // namespace cfo::engine
