#include "engine/plan/inputs.h"

#include <algorithm>

#include "base/digest.h"

namespace cfo::engine {
namespace {

/// To be changed whenever a new version makes other bytes from the same graph, so that finished units are made again.
constexpr std::string_view format_version = "cfo-unit-3";

bool is_among(const std::string& name, const std::vector<Parameter>& parameters) {
  return std::any_of(parameters.begin(), parameters.end(), [&](const auto& p) { return p.name == name; });
}

/// A parameter that changes how a result is computed, not the result. A kind's own parameter of the same name (the
/// batch of a training) is not one.
bool is_runtime(const std::string& name, const Kind& kind) {
  return name != "device" && is_among(name, runtime_parameters()) && !is_among(name, kind.parameters);
}

bool is_location(const std::string& name, const Kind& kind) {
  return std::any_of(kind.parameters.begin(), kind.parameters.end(),
                     [&](const auto& p) { return p.name == name && p.is_location; });
}

}  // namespace

std::string graph_digest(const Graph& graph, const Unit& unit) {
  Digest digest;
  digest.field(format_version).field(std::to_string(graph.settings.integer("seed")));
  for (const auto* node : unit.nodes) {
    const Parameters parameters = parameters_for(*node, unit.bindings);
    digest.field(node->name).field(node->kind->name);
    for (const auto& reference : node->from) digest.field(reference.port).field(reference.node);
    for (const auto& [name, value] : parameters.all())
      if (!is_runtime(name, *node->kind) && !is_location(name, *node->kind)) digest.field(name).field(spelled(value));
    if (node->kind->fingerprint) digest.field(node->kind->fingerprint(parameters));
  }
  return digest.hex();
}

std::string inputs_digest(const Graph& graph, const Plan& plan, const Unit& unit, const FinishedRecords& finished,
                          Contents& contents) {
  Digest digest;
  digest.field(graph_digest(graph, unit)).field(contents.digest_of(unit));
  for (const auto index : unit.waits_for) {
    digest.field(plan.units[index].id);
    if (finished.at(index) == nullptr) {  // given up, where the unit takes what is there
      digest.field("missing");
      continue;
    }
    for (const auto& output : finished.at(index)->outputs) digest.field(output.path).field(output.sha256);
  }
  return digest.hex();
}

}  // namespace cfo::engine
