// What the tests of node kinds share: a folder that goes away, complete parameters, speech-like signals, and running
// one node.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <numbers>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/kind/kind.h"
#include "storage/audio/audio.h"
#include "tests/support/temporary_folder.h"

// Last, and this header the last of a test: glog, which libtorch may bring, has a CHECK of its own.
#include <doctest/doctest.h>

namespace cfo::test {

namespace fs = std::filesystem;

using Values = std::vector<std::pair<std::string, engine::Value>>;

/// The kind's defaults with `values` over them.
inline engine::Parameters parameters_of(const engine::Kind& kind, const Values& values) {
  engine::Parameters parameters;
  for (const auto& parameter : engine::all_parameters(kind)) {
    if (parameter.default_value) parameters.set(parameter.name, *parameter.default_value);
  }
  for (const auto& [name, value] : values) parameters.set(name, value);
  return parameters;
}

/// A voice-like sound: harmonics of a gliding fundamental under a slow envelope, and a little noise. Amplitude below
/// 0.5.
inline std::vector<float> voice(double seconds, int64_t rate, double fundamental, uint64_t seed = 1) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * static_cast<double>(rate)));
  double phase = 0;
  uint64_t state = seed * 0x9E3779B97F4A7C15 + 1;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double time = static_cast<double>(i) / static_cast<double>(rate);
    const double pitch =
        fundamental * (1 + 0.2 * std::sin(2 * std::numbers::pi * 0.7 * time + static_cast<double>(seed)));
    phase += 2 * std::numbers::pi * pitch / static_cast<double>(rate);
    double sum = 0;
    for (int harmonic = 1; harmonic <= 12; ++harmonic) {
      const double tilt = 1 + std::sin(1.3 * harmonic + 3 * time);
      sum += tilt * std::sin(harmonic * phase) / (2.0 * harmonic);
    }
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const double noise = static_cast<double>(state >> 40) / static_cast<double>(1 << 24) - 0.5;
    const double envelope = 0.55 + 0.45 * std::sin(2 * std::numbers::pi * 2.3 * time);
    samples[i] = static_cast<float>(0.12 * envelope * sum + 0.01 * noise);
  }
  return samples;
}

inline storage::Audio voice_audio(double seconds, int64_t rate, double fundamental, uint64_t seed = 1) {
  return {.samples = voice(seconds, rate, fundamental, seed), .sample_rate = rate};
}

inline void write_voice(const fs::path& path, double seconds, int64_t rate, double fundamental, uint64_t seed = 1) {
  fs::create_directories(path.parent_path());
  storage::write_audio(path, storage::to_pcm16(voice(seconds, rate, fundamental, seed)).samples, rate);
}

inline void write_bytes(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

/// The names of the fields that `kind` says it reads from `port`.
inline std::set<std::string> fields_read(const engine::Kind& kind, std::size_t port,
                                         const engine::Parameters& parameters) {
  std::set<std::string> names;
  if (kind.role == engine::Role::source) names.emplace(engine::planned.name());
  if (port < kind.ports.size())
    for (const auto& read : kind.ports[port].reads) names.insert(read.field.name);
  if (port == 0)
    for (const auto& by_parameter : kind.reads_by_parameter)
      for (const auto& read : by_parameter.reads(parameters)) names.insert(read.field.name);
  return names;
}

/// `item` with those of its fields alone that `names` holds.
inline engine::Item with_fields(engine::Item item, const std::set<std::string>& names) {
  for (const auto& name : item.names())
    if (!names.contains(name)) item.drop(name);
  return item;
}

/// A node of `kind` with everything its context refers to. It sees the fields alone that its kind says it reads, and
/// must leave alone those that its kind does not say it writes or drops: else process throws std::logic_error.
class RunningNode {
 public:
  RunningNode(const engine::Kind& kind, const Values& values, std::vector<engine::Artifact> needs = {},
              std::vector<fs::path> files = {}, uint64_t seed = 1)
      : kind_(kind),
        parameters_(parameters_of(kind, values)),
        node_(kind.make({.parameters = parameters_,
                         .bindings = bindings_,
                         .seed = seed,
                         .unit = "test",
                         .device = "cpu",
                         .files = std::move(files),
                         .needs = std::move(needs),
                         .graph_digest = "graph",
                         .source_digest = "source"})) {}

  engine::Item operator()(const engine::Item& item) { return run({{item}}).front(); }
  engine::Item operator()(const engine::Item& first, const engine::Item& second) {
    return run({{first, second}}).front();
  }

  /// Each entry: an item's inputs, one a port. All in one call.
  std::vector<engine::Item> run(const std::vector<std::vector<engine::Item>>& items) {
    std::vector<engine::Work> works;
    for (const auto& inputs : items) {
      engine::Work work;
      for (std::size_t port = 0; port < inputs.size(); ++port)
        work.inputs.push_back(
            std::make_shared<const engine::Item>(with_fields(inputs[port], fields_read(kind_, port, parameters_))));
      work.output = *work.inputs.front();
      works.push_back(std::move(work));
    }
    node_->process(works);
    std::vector<engine::Item> outputs;
    for (std::size_t i = 0; i < works.size(); ++i) {
      check_written(*works[i].inputs.front(), works[i].output);
      engine::Item unseen = items[i].front();
      for (const auto& name : works[i].inputs.front()->names()) unseen.drop(name);
      works[i].output.add_missing(unseen);
      outputs.push_back(std::move(works[i].output));
    }
    return outputs;
  }

  void finish() { node_->finish(); }

 private:
  void check_written(const engine::Item& before, const engine::Item& after) const {
    const auto among = [](const std::vector<engine::AnyField>& fields, const std::string& name) {
      return std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.name == name; });
    };
    const auto old = before.names(), now = after.names();
    for (const auto& name : now)
      if (!before.shares(after, name) && !among(kind_.writes, name))
        throw std::logic_error(kind_.name + " writes '" + name + "' and does not say so");
    for (const auto& name : old)
      if (std::find(now.begin(), now.end(), name) == now.end() && !among(kind_.drops, name))
        throw std::logic_error(kind_.name + " drops '" + name + "' and does not say so");
  }

  engine::Kind kind_;
  engine::Parameters parameters_;
  engine::Bindings bindings_;
  std::unique_ptr<engine::Node> node_;
};

/// A task's context that records what the task says.
class RunningTask {
 public:
  explicit RunningTask(const engine::Kind& kind, const Values& values, const fs::path& folder,
                       std::vector<fs::path> files, uint64_t seed = 1)
      : kind_(kind),
        parameters_(parameters_of(kind, values)),
        context{.parameters = parameters_,
                .bindings = bindings_,
                .seed = seed,
                .unit = "models/test",
                .device = "cpu",
                .run_folder = folder,
                .files = std::move(files),
                .scratch = folder / "scratch",
                .inputs = {},
                .stop = stop,
                .progress =
                    [this](double fraction, const std::string& note) {
                      fractions.push_back(fraction);
                      if (on_progress) on_progress(note);
                    },
                .fail_item = [this](const std::string& item,
                                    const std::exception& why) { failures.emplace_back(item, why.what()); },
                .account = [this](double audio) { seconds += audio; }} {}

  void run() { kind_.run(context); }

  std::atomic<bool> stop{false};
  std::vector<double> fractions;
  std::vector<std::pair<std::string, std::string>> failures;
  double seconds = 0;
  std::function<void(const std::string& note)> on_progress;

 private:
  const engine::Kind& kind_;
  engine::Parameters parameters_;
  engine::Bindings bindings_;

 public:
  engine::TaskContext context;
};

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Sets an environment variable for a while.
class Environment {
 public:
  Environment(const std::string& name, const std::string& value) : name_(name) {
    const char* const old = std::getenv(name.c_str());
    had_ = old != nullptr;
    if (had_) old_ = old;
    setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() { had_ ? setenv(name_.c_str(), old_.c_str(), 1) : unsetenv(name_.c_str()); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::string name_, old_;
  bool had_ = false;
};

}  // namespace cfo::test
