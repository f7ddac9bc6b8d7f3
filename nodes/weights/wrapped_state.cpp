#include "nodes/weights/wrapped_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/error.h"

namespace cfo::weights {
namespace {

/// How many of `expected` stand in `tensors` after `prefix`.
std::size_t names_within(const TensorMap& tensors, const TensorMap& expected, const std::string& prefix) {
  return static_cast<std::size_t>(std::count_if(
      expected.begin(), expected.end(), [&](const auto& entry) { return tensors.contains(prefix + entry.first); }));
}

/// What stands before some expected name in the file: the places where a whole state may be.
std::set<std::string> prefixes_of(const TensorMap& tensors, const TensorMap& expected) {
  std::set<std::string> prefixes;
  std::vector<std::string> anchors;  // a few names: one may be missing
  for (const auto& [name, tensor] : expected)
    if (anchors.size() < 4) anchors.push_back(name);
  for (const auto& [name, tensor] : tensors) {
    for (const auto& anchor : anchors) {
      if (!name.ends_with(anchor)) continue;
      const std::string before = name.substr(0, name.size() - anchor.size());
      if (before.empty() || before.back() == '.') prefixes.insert(before);
    }
  }
  return prefixes;
}

WrappedState part_of(TensorMap tensors, const std::string& prefix) {
  if (prefix.empty()) return {std::move(tensors), ""};
  WrappedState state{{}, prefix};
  for (auto& [name, tensor] : tensors)
    if (name.starts_with(prefix)) state.tensors.emplace(name.substr(prefix.size()), std::move(tensor));
  return state;
}

}  // namespace

WrappedState find_state(TensorMap tensors, const TensorMap& expected, const std::string& within,
                        const std::string& origin) {
  const auto prefixes = prefixes_of(tensors, expected);
  std::map<std::string, std::size_t> found;  // by prefix
  for (const auto& prefix : prefixes)
    if (within.empty() || prefix == within + "." || prefix.starts_with(within + "."))
      found[prefix] = names_within(tensors, expected, prefix);
  if (found.empty()) {
    if (within.empty()) return {std::move(tensors), ""};
    throw Error("{}: holds no weights of this network within '{}'{}", origin, within,
                prefixes.empty() ? "" : fmt::format("; they are within '{}'", fmt::join(prefixes, "', '")));
  }
  std::vector<std::string> whole;
  for (const auto& [prefix, names] : found)
    if (names == expected.size()) whole.push_back(prefix);
  if (whole.size() > 1)
    throw Error(
        "{}: holds {} sets of weights that fit, within '{}'; say which with the setting 'within', e.g. within: {}",
        origin, whole.size(), fmt::join(whole, "', '"), whole.back().substr(0, whole.back().size() - 1));
  if (whole.size() == 1) return part_of(std::move(tensors), whole.front());
  const auto nearest =
      std::max_element(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return part_of(std::move(tensors), nearest->first);
}

}  // namespace cfo::weights
