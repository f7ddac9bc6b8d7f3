#include "engine/kind/kind.h"

#include <stdexcept>

namespace cfo::engine {

void Registry::add(Kind kind) {
  const std::string name = kind.name;
  if (!kinds_.emplace(name, std::move(kind)).second)
    throw std::logic_error("node kind '" + name + "' is registered twice");
}

void Registry::add(Domain domain) {
  const std::string name = domain.variable;
  domains_.insert_or_assign(name, std::move(domain));
}

const Kind* Registry::find(std::string_view name) const {
  const auto found = kinds_.find(name);
  return found == kinds_.end() ? nullptr : &found->second;
}

const Domain* Registry::domain(std::string_view variable) const {
  const auto found = domains_.find(variable);
  return found == domains_.end() ? nullptr : &found->second;
}

std::vector<std::string> Registry::names() const {
  std::vector<std::string> result;
  for (const auto& [name, kind] : kinds_) result.push_back(name);
  return result;
}

const std::vector<Parameter>& runtime_parameters() {
  static const std::vector<Parameter> parameters = {
      {.name = "concurrency",
       .type = Type::integer,
       .summary = "calls of this node that run at the same time; auto: one per thread",
       .default_value = Value("auto"),
       .min = 1,
       .max = 1024,
       .choices = {"auto"}},
      {.name = "batch",
       .type = Type::integer,
       .summary = "maximum number of items in one call",
       .unit = "items",
       .default_value = Value(int64_t{1}),
       .min = 1,
       .max = 4096},
      {.name = "batch_seconds",
       .type = Type::number,
       .summary = "maximum length of audio in one call; 0: no limit",
       .unit = "s",
       .default_value = Value(0.0),
       .min = 0,
       .max = 86400},
      {.name = "bucket",
       .type = Type::integer,
       .summary = "number of items sorted by length before batches are formed; 1: no sorting",
       .unit = "items",
       .default_value = Value(int64_t{1}),
       .min = 1,
       .max = 65536},
      {.name = "device",
       .type = Type::text,
       .summary = "cpu, cuda or cuda:N; graph: the device of the graph",
       .default_value = Value(graph_device)},
  };
  return parameters;
}

std::vector<Parameter> all_parameters(const Kind& kind) {
  std::vector<Parameter> result = kind.parameters;
  if (kind.role == Role::transform || kind.role == Role::source)
    result.insert(result.end(), runtime_parameters().begin(), runtime_parameters().end());
  if (kind.role == Role::task) result.push_back(runtime_parameters().back());
  if (kind.role == Role::sink || kind.role == Role::task)
    result.push_back({.name = "folder",
                      .type = Type::text,
                      .summary = "folder of its output below the folder of its kind; auto: the foreach values",
                      .default_value = Value("auto")});
  return result;
}

}  // namespace cfo::engine
