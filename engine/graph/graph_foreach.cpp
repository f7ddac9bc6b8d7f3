// The foreach block: which values each variable has, what --only keeps of them, and which can be used on this machine.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest.h"
#include "engine/graph/graph_reader.h"
#include "engine/graph/graph_values.h"

namespace cfo::engine {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

std::vector<std::string> GraphReader::variable_names() const {
  std::vector<std::string> names;
  for (const auto& [name, values] : graph_.foreach) names.push_back(name);
  return names;
}

/// A variable whose values are wrong is defined nevertheless, so that the nodes that use it are not reported as well.
void GraphReader::read_foreach() {
  const YAML::Node block = root_["foreach"];
  if (block.IsDefined() && !block.IsMap()) {
    problem(block, "", "'foreach' must be a block like {codec: all, split: [train, eval]}");
  } else {
    for (const auto& entry : block) {
      const std::string variable = entry.first.Scalar();
      if (graph_.values_of(variable) != nullptr) {
        problem(entry.first, "", fmt::format("the foreach variable '{}' appears twice; keep one of them", variable));
        continue;
      }
      graph_.foreach.emplace_back(
          variable, entry.second.IsMap() ? same_values(variable, entry.second) : own_values(variable, entry.second));
    }
  }
  for (const auto& [variable, values] : options_.only)
    if (graph_.values_of(variable) == nullptr)
      problem({}, "",
              fmt::format("--only {}=...: the graph's foreach has no '{}'{}", variable, variable,
                          suggestion(variable, variable_names())));
}

/// {as: VARIABLE}: the values that VARIABLE runs over. Those that --only leaves out of it, or that this machine cannot
/// use, are missing here, too; --only may leave out more.
std::vector<std::string> GraphReader::same_values(const std::string& variable, const YAML::Node& block) {
  const std::string other = block["as"].IsScalar() ? block["as"].Scalar() : "";
  const auto* same = graph_.values_of(other);
  if (same == nullptr) {
    problem(block, "", fmt::format("'{}': write {{as: VARIABLE}} with a variable that is defined above it", variable));
    return {};
  }
  std::vector<std::string> values = *same;
  requested_foreach_[variable] = requested_foreach_[other];
  keep_only(variable, values);
  const auto only = options_.only.find(variable);
  if (only == options_.only.end()) return values;
  bool unusable = false;
  for (const auto& wanted : only->second) {
    if (!contains(requested_foreach_[other], wanted) || contains(*same, wanted)) continue;
    unusable = unusable || is_unavailable(wanted);
    if (!is_unavailable(wanted))
      problem({}, "",
              fmt::format("--only {0}={1}: '{0}' has the values of '{2}', and --only leaves {1} out of those; add it "
                          "to '{2}'",
                          variable, wanted, other));
  }
  if (values.empty() && unusable) tell_none_left(variable, block);
  return values;
}

std::vector<std::string> GraphReader::own_values(const std::string& variable, const YAML::Node& list) {
  if (!expand(list, "", variable)) return {};
  const auto converted = convert({.name = variable, .type = Type::texts, .summary = ""}, list, {});
  if (const auto* fault = std::get_if<std::string>(&converted)) {
    problem(list, "", *fault);
    return {};
  }
  const Domain* domain = registry_.domain(variable);
  std::vector<std::string> values;
  for (const auto& word : std::get<std::vector<std::string>>(std::get<Value>(converted))) {
    if (domain != nullptr && domain->groups.contains(word)) {
      for (const auto& value : domain->groups.at(word))
        if (!contains(values, value)) values.push_back(value);
    } else if (domain != nullptr && !contains(domain->values, word)) {
      std::vector<std::string> known = domain->values;
      for (const auto& [group, members] : domain->groups) known.push_back(group);
      problem(list, "", fmt::format("unknown {} '{}'{}", variable, word, suggestion(word, known)));
    } else if (!contains(values, word)) {
      values.push_back(word);
    }
  }
  requested_foreach_[variable] = values;
  keep_only(variable, values);
  read_unavailable(variable, values, list);
  return values;
}

/// Removes the values that --only does not name.
void GraphReader::keep_only(const std::string& variable, std::vector<std::string>& values) {
  const auto only = options_.only.find(variable);
  if (only == options_.only.end()) return;
  const auto& all = requested_foreach_[variable];
  for (const auto& wanted : only->second)
    if (!contains(all, wanted))
      problem(
          {}, "",
          fmt::format("--only {}={}: the graph has no such {}{}", variable, wanted, variable, suggestion(wanted, all)));
  std::erase_if(values, [&](const auto& value) { return !contains(only->second, value); });
}

bool GraphReader::is_unavailable(const std::string& value) const {
  return std::any_of(graph_.unavailable.begin(), graph_.unavailable.end(),
                     [&](const Unavailable& u) { return u.value == value; });
}

void GraphReader::tell_none_left(const std::string& variable, const YAML::Node& at) {
  problem(at, "",
          fmt::format("no {} is left to run: none of them can be used on this machine (cfo-run --dry-run says why)",
                      variable));
}

void GraphReader::read_unavailable(const std::string& variable, std::vector<std::string>& values,
                                   const YAML::Node& at) {
  const Domain* domain = registry_.domain(variable);
  if (domain == nullptr || !domain->unavailable) return;
  std::vector<std::string> usable;
  for (const auto& value : values) {
    const std::string reason = domain->unavailable(value);
    if (reason.empty()) {
      usable.push_back(value);
      continue;
    }
    graph_.unavailable.push_back({variable, value, reason});
    if (graph_.settings.text("missing") == "error" && !options_.tolerate)
      problem(
          at, "",
          fmt::format("{} '{}' cannot be used: {} (to run without it, write missing: skip)", variable, value, reason));
  }
  if (options_.tolerate) return;  // a dry run plans them anyway
  if (usable.empty() && !values.empty() && graph_.settings.text("missing") == "skip") tell_none_left(variable, at);
  values = usable;
}

}  // namespace cfo::engine
