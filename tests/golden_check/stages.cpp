#include "tests/golden_check/stages.h"

#include <algorithm>

namespace cfo::golden {

bool Stages::sampled(const std::string& name) const {
  return record_.manifest.contains("compact") && record_.manifest["compact"]["samples"].contains(name);
}

void Stages::floats(const std::string& name, const Result& result, double tolerance) {
  run(name, [&] {
    const auto& computed = computed_[name] = result().detach();
    add(compare_floats(name, kept_values(record_, name, computed), recorded(name), tolerance));
  });
}

void Stages::floats(const std::string& name, const at::Tensor& result, double tolerance) {
  floats(
      name, [&] { return result; }, tolerance);
}

void Stages::codes(const std::string& name, const Result& result, const std::string& margins) {
  run(name, [&] {
    const auto& computed = computed_[name] = result();
    add(compare_codes(name, computed, recorded(name), has(margins) ? recorded(margins) : at::Tensor()));
  });
}

void Stages::attempt(const std::string& name, const std::function<void()>& check) {
  try {
    check();
  } catch (const NotRecorded& missing) {
    leave_out(name, missing.array());
  }
}

void Stages::run(const std::string& name, const std::function<void()>& check) {
  try {
    check();
  } catch (const NotRecorded& missing) {
    leave_out(name, has(name) ? missing.array() : "");
  }
}

void Stages::leave_out(const std::string& name, const std::string& needed) {
  const auto known =
      std::any_of(stages_.begin(), stages_.end(), [&](const Stage& stage) { return stage.name == name; });
  if (!known) add({name, needed, false, false});
}

bool Stages::has_any(const std::vector<std::string>& names) {
  if (std::any_of(names.begin(), names.end(), [&](const std::string& name) { return has(name); })) return true;
  for (const auto& name : names) leave_out(name, "");
  return false;
}

at::Tensor Stages::fed(const std::string& name) const {
  if (has(name) && !sampled(name)) return recorded(name);
  const auto found = computed_.find(name);
  if (found == computed_.end()) throw NotRecorded(record_, name);
  return found->second;
}

}  // namespace cfo::golden
