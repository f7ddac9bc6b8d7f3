// From YAML scalars to described values: environment, variables, types and ranges.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <set>
#include <string>
#include <variant>

#include "engine/kind/parameters.h"

namespace cfo::engine {

/// "${NAME}" and "${NAME:-default}" replaced from the environment. A variable that is not set and has no default is an
/// Error.
std::string expand_environment(const std::string& text);

/// The foreach variables "$name" that a text or a list of texts uses.
std::set<std::string> variables_in(const YAML::Node& value);

/// The value as `parameter` describes it, or a sentence on what is wrong with it.
std::variant<Value, std::string> convert(const Parameter& parameter, const YAML::Node& value, const Bindings& bindings);

}  // namespace cfo::engine
