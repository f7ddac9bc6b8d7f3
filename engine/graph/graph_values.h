// From YAML scalars to described values: environment, variables, types and ranges.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <set>
#include <string>
#include <variant>

#include "engine/kind/parameters.h"

namespace cfo::engine {

// In the texts of a graph $name stands for a foreach variable's value, ${NAME} for an environment variable's, and $$
// for a plain dollar sign.

/// `text` with its dollar signs written so that they stand for themselves.
std::string with_plain_dollars(const std::string& text);

/// "${NAME}" and "${NAME:-default}" replaced from the environment; dollar signs in the environment's values stand for
/// themselves. A variable that is not set and has no default is an Error.
std::string expand_environment(const std::string& text);

/// The foreach variables "$name" that a text or a list of texts uses.
std::set<std::string> variables_in(const YAML::Node& value);

/// The value as `parameter` describes it, or a sentence on what is wrong with it.
std::variant<Value, std::string> convert(const Parameter& parameter, const YAML::Node& value, const Bindings& bindings);

}  // namespace cfo::engine
