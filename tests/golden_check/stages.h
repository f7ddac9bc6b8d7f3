// The stages of one record, and what each of them is fed with.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/golden_check/check.h"

namespace cfo::golden {

/// The stages of one record, in order. Each is compared with the recorded array of its name; the next stage is then fed
/// with what `fed` gives: the recorded array itself, or, where the record holds only samples of it or nothing, what the
/// stage before it computed. A stage whose array is not recorded is left out, and so is one that needs an array that is
/// neither recorded nor computed.
///
///     stages.floats("latent", [&] { return codec.encode(stages.wave()).values[0]; });
///     stages.codes("codes", [&] { return codec.quantize(stages.latent("latent")).streams.front()[0]; },
///     "code_margin");
class Stages {
 public:
  explicit Stages(const Record& record) : record_(record) {}
  Stages(const Stages&) = delete;
  Stages& operator=(const Stages&) = delete;

  using Result = std::function<at::Tensor()>;

  /// Compares `result`, shaped like the recorded array, at relative L2 error `tolerance`.
  void floats(const std::string& name, const Result& result, double tolerance = 1e-4);
  void floats(const std::string& name, const at::Tensor& result, double tolerance = 1e-4);
  /// Compares codes [K, F] (or [F]); `margins` names the recorded margins, "" for none.
  void codes(const std::string& name, const Result& result, const std::string& margins = "");
  /// Runs `check`, which adds stages; `name` stands for all that it does not come to for want of an array.
  void attempt(const std::string& name, const std::function<void()>& check);
  void add(Stage stage) { stages_.push_back(std::move(stage)); }

  /// What the stage after `name` gets. Throws NotRecorded.
  at::Tensor fed(const std::string& name) const;
  /// A recorded array that no stage computes (the input, recorded noise). Throws NotRecorded.
  const at::Tensor& recorded(const std::string& name) const { return array(record_, name); }
  bool has(const std::string& name) const { return record_.arrays.count(name) > 0; }
  /// Whether any of these is recorded; where none is, they are left out. For stages that would be computed in vain.
  bool has_any(const std::vector<std::string>& names);

  /// A number of the manifest at `place`, "/stats/chunked_win_duration"; `otherwise` where the record does not say.
  template <typename T>
  T number(const std::string& place, T otherwise) const {
    return record_.manifest.value(nlohmann::json::json_pointer(place), otherwise);
  }
  const Record& record() const { return record_; }
  std::vector<Stage> take() { return std::move(stages_); }

 private:
  bool sampled(const std::string& name) const;
  void run(const std::string& name, const std::function<void()>& check);
  void leave_out(const std::string& name, const std::string& needed);
  const Record& record_;
  std::vector<Stage> stages_;
  std::map<std::string, at::Tensor> computed_;
};

/// What several stages come from: computed when the first of them asks.
template <typename Value>
class Once {
 public:
  explicit Once(std::function<Value()> compute) : compute_(std::move(compute)) {}
  const Value& operator*() const {
    if (!value_) value_ = compute_();
    return *value_;
  }
  const Value* operator->() const { return &**this; }

 private:
  std::function<Value()> compute_;
  mutable std::optional<Value> value_;
};

}  // namespace cfo::golden
