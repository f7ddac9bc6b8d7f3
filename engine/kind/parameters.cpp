#include "engine/kind/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace cfo::engine {
namespace {

template <typename T>
const T& expect(const Value& value, std::string_view name) {
  if (const T* held = std::get_if<T>(&value)) return *held;
  throw std::logic_error(fmt::format("parameter '{}' is read as another type than it is described", name));
}

std::string quoted(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_of(":{}[],&*#?|-<>=!%@\\\"' $") == std::string::npos;
  if (plain) return text;
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

}  // namespace

std::string_view type_name(Type type) {
  switch (type) {
    case Type::boolean:
      return "true or false";
    case Type::integer:
      return "integer";
    case Type::number:
      return "number";
    case Type::text:
      return "text";
    case Type::path:
      return "path";
    case Type::texts:
      return "list of texts";
  }
  return "";
}

std::string spelled(const Value& value) {
  struct Speller {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string& v) const { return quoted(v); }
    std::string operator()(const std::vector<std::string>& v) const {
      std::string list;
      for (const auto& text : v) list += (list.empty() ? "" : ", ") + quoted(text);
      return "[" + list + "]";
    }
  };
  return std::visit(Speller{}, value);
}

const Value& Parameters::at(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw std::logic_error(fmt::format("parameter '{}' is not described by its kind", name));
  return found->second;
}

bool Parameters::boolean(std::string_view name) const { return expect<bool>(at(name), name); }
int64_t Parameters::integer(std::string_view name) const { return expect<int64_t>(at(name), name); }
double Parameters::number(std::string_view name) const {
  if (const auto* whole = std::get_if<int64_t>(&at(name))) return static_cast<double>(*whole);
  return expect<double>(at(name), name);
}
const std::string& Parameters::text(std::string_view name) const { return expect<std::string>(at(name), name); }
const std::vector<std::string>& Parameters::texts(std::string_view name) const {
  return expect<std::vector<std::string>>(at(name), name);
}
bool Parameters::is_choice(std::string_view name) const { return std::holds_alternative<std::string>(at(name)); }

std::string bound(const Bindings& bindings, std::string_view variable) {
  const auto found = std::find_if(bindings.begin(), bindings.end(), [&](const auto& b) { return b.first == variable; });
  return found == bindings.end() ? "" : found->second;
}

std::string joined(const Bindings& bindings) {
  std::string text;
  for (const auto& [variable, value] : bindings) text += (text.empty() ? "" : "/") + value;
  return text;
}

}  // namespace cfo::engine
