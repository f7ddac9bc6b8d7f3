#include "engine/graph/graph_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "base/error.h"
#include "base/nearest.h"
#include "base/text.h"
#include "engine/graph/graph.h"

namespace cfo::engine {
namespace {

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::size_t end_of_name(const std::string& text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && is_name_character(text[end])) ++end;
  return end;
}

/// What "NAME" or "NAME:-default" between ${ and } stands for.
std::string environment_value(std::string name) {
  std::optional<std::string> otherwise;
  if (const auto split = name.find(":-"); split != std::string::npos) {
    otherwise = name.substr(split + 2);
    name.resize(split);
  }
  const char* value = std::getenv(name.c_str());
  if (value != nullptr && (*value != '\0' || !otherwise)) return with_plain_dollars(value);
  if (otherwise) return *otherwise;
  throw Error("the environment variable {0} is not set; set it (export {0}=...) or write ${{{0}:-default}}", name);
}

std::optional<std::string> number_fault(const Parameter& parameter, double value) {
  const std::string unit = parameter.unit.empty() ? "" : " " + parameter.unit;
  if (parameter.min && value < *parameter.min)
    return fmt::format("'{}' is {}, but must be at least {}{}", parameter.name, value, *parameter.min, unit);
  if (parameter.max && value > *parameter.max)
    return fmt::format("'{}' is {}, but must be at most {}{}", parameter.name, value, *parameter.max, unit);
  return std::nullopt;
}

/// "an integer", "a text", "true or false"
std::string with_article(Type type) {
  const std::string name(type_name(type));
  if (type == Type::boolean) return name;
  return (name.front() == 'i' ? "an " : "a ") + name;
}

std::variant<Value, std::string> wrong_type(const Parameter& parameter, const std::string& text) {
  const bool is_number = parameter.type == Type::integer || parameter.type == Type::number;
  std::string wanted = parameter.choices.empty() || is_number ? with_article(parameter.type) : "";
  if (!parameter.choices.empty())
    wanted += fmt::format("{}one of: {}", wanted.empty() ? "" : " or ", fmt::join(parameter.choices, ", "));
  return fmt::format("'{}' is '{}', but must be {}{}", parameter.name, text, wanted,
                     parameter.choices.empty() ? "" : suggestion(text, parameter.choices));
}

std::variant<Value, std::string> convert_scalar(const Parameter& parameter, const std::string& text) {
  const auto is_choice = std::find(parameter.choices.begin(), parameter.choices.end(), text) != parameter.choices.end();
  const YAML::Node scalar(text);
  switch (parameter.type) {
    case Type::boolean: {
      bool value = false;
      if (YAML::convert<bool>::decode(scalar, value)) return Value(value);
      return wrong_type(parameter, text);
    }
    case Type::integer: {
      if (is_choice) return Value(text);
      int64_t value = 0;
      if (!YAML::convert<int64_t>::decode(scalar, value)) return wrong_type(parameter, text);
      if (auto fault = number_fault(parameter, static_cast<double>(value))) return *fault;
      return Value(value);
    }
    case Type::number: {
      if (is_choice) return Value(text);
      double value = 0;
      if (!YAML::convert<double>::decode(scalar, value)) return wrong_type(parameter, text);
      if (auto fault = number_fault(parameter, value)) return *fault;
      return Value(value);
    }
    case Type::path:
      return Value(with_home(text));
    case Type::text:
      if (!parameter.choices.empty() && !is_choice) return wrong_type(parameter, text);
      return Value(text);
    case Type::texts:
      return Value(std::vector<std::string>{text});
  }
  return std::string("unknown type");
}

}  // namespace

std::string with_plain_dollars(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '$' ? "$$" : std::string(1, c);
  return result;
}

std::string expand_environment(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 2, "$$") == 0) {
      result += "$$";
      at += 2;
    } else if (text.compare(at, 2, "${") == 0) {
      const std::size_t close = text.find('}', at);
      if (close == std::string::npos) throw Error("'{}' has '${{' without a closing '}}'", text);
      result += environment_value(text.substr(at + 2, close - at - 2));
      at = close + 1;
    } else {
      result += text[at++];
    }
  }
  return result;
}

std::set<std::string> variables_in(const YAML::Node& value) {
  std::set<std::string> found;
  if (value.IsSequence()) {
    for (const auto& entry : value) found.merge(variables_in(entry));
    return found;
  }
  if (!value.IsScalar()) return found;
  const std::string& text = value.Scalar();
  for (std::size_t at = text.find('$'); at != std::string::npos; at = text.find('$', at)) {
    const std::size_t end = end_of_name(text, at + 1);
    if (end > at + 1) found.insert(text.substr(at + 1, end - at - 1));
    at = text.compare(at, 2, "$$") == 0 ? at + 2 : end;
  }
  return found;
}

std::string bind_text(const std::string& text, const Bindings& bindings) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      result += text[at++];
      continue;
    }
    if (text.compare(at, 2, "$$") == 0) {
      result += '$';
      at += 2;
      continue;
    }
    const std::size_t end = end_of_name(text, at + 1);
    const std::string name = text.substr(at + 1, end - at - 1);
    const auto found = std::find_if(bindings.begin(), bindings.end(), [&](const auto& b) { return b.first == name; });
    result += found == bindings.end() ? text.substr(at, end - at) : found->second;
    at = end;
  }
  return result;
}

std::variant<Value, std::string> convert(const Parameter& parameter, const YAML::Node& value,
                                         const Bindings& bindings) {
  if (value.IsSequence()) {
    if (parameter.type != Type::texts) return wrong_type(parameter, "a list");
    std::vector<std::string> texts;
    for (const auto& entry : value) {
      if (!entry.IsScalar()) return fmt::format("'{}' must be a list of single texts", parameter.name);
      texts.push_back(bind_text(entry.Scalar(), bindings));
    }
    return Value(texts);
  }
  if (!value.IsScalar()) return wrong_type(parameter, value.IsMap() ? "a block" : "empty");
  return convert_scalar(parameter, bind_text(value.Scalar(), bindings));
}

}  // namespace cfo::engine
