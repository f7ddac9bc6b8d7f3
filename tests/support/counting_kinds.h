// Small node kinds for the engine's tests: numbers instead of speech.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/durable_file.h"
#include "base/error.h"
#include "engine/kind/kind.h"
#include "tests/support/temporary_folder.h"

namespace cfo::test {

namespace fs = std::filesystem;
using namespace engine;

inline constexpr Field<double> value_field{"value", "a number"};
inline constexpr Field<std::vector<char>> block_field{"block", "bytes that take memory"};

template <typename F>
struct FunctionNode : Node {
  F f;
  explicit FunctionNode(F function) : f(std::move(function)) {}
  void process(std::span<Work> batch) override {
    for (auto& work : batch) f(work);
  }
};

template <typename F>
std::unique_ptr<Node> node_of(F f) {
  return std::make_unique<FunctionNode<F>>(std::move(f));
}

/// Writes "id value" lines.
struct LinesNode : Node {
  std::ofstream file;
  explicit LinesNode(const fs::path& path) : file(path) {}
  void process(std::span<Work> batch) override {
    for (auto& work : batch) file << work.output.id << ' ' << work.output.get(value_field) << '\n';
  }
  void finish() override { file.close(); }
};

inline Kind count_kind() {
  Kind kind{.name = "count", .summary = "the numbers from 0", .role = Role::source};
  kind.writes = {value_field, block_field};
  kind.parameters = {
      {.name = "items", .type = Type::integer, .summary = "how many", .default_value = Value(int64_t{10}), .min = 0},
      {.name = "bytes",
       .type = Type::integer,
       .summary = "size of the block each carries",
       .unit = "bytes",
       .default_value = Value(int64_t{0}),
       .min = 0},
      {.name = "bad",
       .type = Type::integer,
       .summary = "every how many items one fails; 0: none",
       .default_value = Value(int64_t{0})},
      {.name = "split",
       .type = Type::text,
       .summary = "which part",
       .default_value = Value("a"),
       .choices = {"a", "b"}}};
  kind.lacks = [](const Parameters& p) {
    return p.integer("items") == 13 ? std::vector<std::string>{"13 numbers are not to be had here"}
                                    : std::vector<std::string>();
  };
  kind.plan = [](const Parameters& p) {
    SourcePlan plan;
    plan.items.reserve(static_cast<std::size_t>(p.integer("items")));
    for (int64_t i = 0; i < p.integer("items"); ++i)
      plan.items.push_back(
          {.id = p.text("split") + std::to_string(i), .seconds = 1.0, .fingerprint = "1", .payload = i});
    return plan;
  };
  kind.make = [](const NodeContext& context) {
    const auto bytes = static_cast<std::size_t>(context.parameters.integer("bytes"));
    const int64_t bad = context.parameters.integer("bad");
    return node_of([=](Work& work) {
      const auto i = std::any_cast<int64_t>(work.output.get(engine::planned));
      if (bad > 0 && i % bad == bad - 1) throw Error("{}: is one of the bad ones", work.output.id);
      work.output.set(value_field, static_cast<double>(i));
      work.output.set(block_field, std::vector<char>(bytes, 'x'));
    });
  };
  return kind;
}

inline Kind add_kind() {
  Kind kind{.name = "add", .summary = "adds a number, slowly if wanted"};
  kind.ports = {{.name = "in", .reads = {value_field}}};
  kind.writes = {value_field};
  kind.cost = [](const Parameters& p, const std::vector<Parameters>&) { return p.number("amount"); };
  kind.parameters = {{.name = "amount",
                      .type = Type::number,
                      .summary = "what to add",
                      .default_value = Value(1.0),
                      .min = -100,
                      .max = 100},
                     {.name = "milliseconds",
                      .type = Type::integer,
                      .summary = "time it takes",
                      .unit = "ms",
                      .default_value = Value(int64_t{0})}};
  kind.make = [](const NodeContext& context) {
    const double amount = context.parameters.number("amount");
    const std::chrono::milliseconds pause(context.parameters.integer("milliseconds"));
    return node_of([=](Work& work) {
      std::this_thread::sleep_for(pause);
      work.output.set(value_field, work.output.get(value_field) + amount);
    });
  };
  return kind;
}

inline Kind subtract_kind() {
  Kind kind{.name = "subtract", .summary = "left minus right"};
  kind.ports = {{.name = "left", .reads = {value_field}}, {.name = "right", .reads = {value_field}}};
  kind.writes = {value_field};
  kind.make = [](const NodeContext&) {
    return node_of([](Work& work) {
      work.output.set(value_field, work.inputs[0]->get(value_field) - work.inputs[1]->get(value_field));
    });
  };
  return kind;
}

inline Kind lines_kind() {
  Kind kind{.name = "lines", .summary = "a text file", .role = Role::sink};
  kind.ports = {{.name = "in", .reads = {value_field}}};
  kind.outputs = {{"lines", ".txt"}};
  kind.weight = 10;
  kind.make = [](const NodeContext& context) { return std::make_unique<LinesNode>(context.files[0]); };
  return kind;
}

/// A task: the sum over all lines of its inputs, plus what its `needs` hold.
inline Kind sum_kind() {
  Kind kind{.name = "sum", .summary = "sums files", .role = Role::task};
  kind.ports = {{.name = "data"}, {.name = "more", .reads = {}, .optional = true}};
  kind.outputs = {{"sums", ".txt"}};
  kind.parameters = {
      {.name = "label", .type = Type::text, .summary = "free text", .default_value = Value("")},
      {.name = "fail", .type = Type::boolean, .summary = "fails", .default_value = Value(false)},
      {.name = "batch", .type = Type::integer, .summary = "its own", .default_value = Value(int64_t{1})}};
  kind.applies = [](const Parameters& parameters) { return parameters.text("label") != "none"; };
  kind.cost = [](const Parameters&, const std::vector<Parameters>& inputs) {
    return 10.0 * static_cast<double>(inputs.size());
  };
  kind.run = [](TaskContext& context) {
    if (context.parameters.boolean("fail")) throw Error("told to fail");
    double sum = 0;
    for (const auto& artifact : context.inputs.at("data")) {
      std::ifstream file(artifact.files.at(0));
      std::string id;
      for (double value = 0; file >> id >> value;) sum += value;
    }
    std::ofstream(context.files[0]) << "sum " << sum << '\n';
  };
  return kind;
}

/// A task that writes beside `sum`, with an extension of two parts.
inline Kind beside_kind() {
  Kind kind{.name = "beside", .summary = "writes next to the sums", .role = Role::task};
  kind.ports = {{.name = "data"}};
  kind.outputs = {{"sums", ".beside.txt"}};
  kind.run = [](TaskContext& context) { std::ofstream(context.files[0]) << "beside\n"; };
  return kind;
}

inline Registry test_registry() {
  Registry registry;
  for (auto& kind : {count_kind(), add_kind(), subtract_kind(), lines_kind(), sum_kind(), beside_kind()})
    registry.add(kind);
  registry.add(Domain{.variable = "split", .values = {"a", "b"}});
  registry.add(
      Domain{.variable = "model",
             .values = {"one", "two", "three"},
             .groups = {{"all", {"one", "two", "three"}}},
             .unavailable = [](const std::string& value) { return value == "three" ? "not downloaded yet" : ""; }});
  registry.set(Devices{
      .misspelled =
          [](const std::string& device) { return device == "cpu" || device == "far" ? "" : device + " is misspelled"; },
      .unusable = [](const std::string& device) { return device == "far" ? "there is no far device here" : ""; }});
  return registry;
}

}  // namespace cfo::test
