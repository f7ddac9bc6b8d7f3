#include "nodes/networks/tensors/weight_scope.h"

#include <fmt/ranges.h>

#include <mutex>
#include <set>

#include "base/error.h"
#include "base/nearest.h"

namespace cfo::tensors {
namespace {

std::string shape_text(c10::IntArrayRef shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::string shape_text(const std::vector<int64_t>& shape) { return shape_text(c10::IntArrayRef(shape)); }

bool fits(c10::IntArrayRef found, const std::vector<int64_t>& wanted) {
  return std::equal(found.begin(), found.end(), wanted.begin(), wanted.end(),
                    [](int64_t size, int64_t want) { return want == -1 || size == want; });
}

}  // namespace

struct WeightScope::Checkpoint {
  TensorMap tensors;
  std::string origin;
  std::mutex mutex;  // guards `taken`: layers may be built on several threads
  std::set<std::string> taken;

  const at::Tensor& find(const std::string& name, const std::vector<int64_t>& shape) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) throw missing(name, shape);
    if (!fits(found->second.sizes(), shape)) {
      throw Error(
          "{}: tensor '{}' has shape {} where {} is needed (-1: any); check that the file belongs to this model",
          origin, name, shape_text(found->second.sizes()), shape_text(shape));
    }
    const std::lock_guard lock(mutex);
    taken.insert(name);
    return found->second;
  }

  Error missing(const std::string& name, const std::vector<int64_t>& shape) const {
    std::vector<std::string> names;
    for (const auto& [known, tensor] : tensors) names.push_back(known);
    const auto near = nearest(name, names);
    return Error("{}: there is no tensor '{}' of shape {}; check that the file belongs to this model ({})", origin,
                 name, shape_text(shape),
                 near.empty() ? "no name in it is alike" : fmt::format("the nearest name is '{}'", near));
  }
};

WeightScope::WeightScope(TensorMap tensors, std::string origin) : checkpoint_(std::make_shared<Checkpoint>()) {
  checkpoint_->tensors = std::move(tensors);
  checkpoint_->origin = std::move(origin);
}

WeightScope::WeightScope(std::shared_ptr<Checkpoint> checkpoint, std::string prefix, c10::Device device)
    : checkpoint_(std::move(checkpoint)), prefix_(std::move(prefix)), device_(device) {}

WeightScope WeightScope::on(c10::Device device) const { return WeightScope(checkpoint_, prefix_, device); }

WeightScope WeightScope::operator/(std::string_view part) const {
  return WeightScope(checkpoint_, full_name(part), device_);
}

WeightScope WeightScope::operator/(int64_t index) const { return *this / std::to_string(index); }

at::Tensor WeightScope::take(std::string_view name, std::initializer_list<int64_t> shape) const {
  return take(name, std::vector<int64_t>(shape));
}

at::Tensor WeightScope::take(std::string_view name, const std::vector<int64_t>& shape) const {
  return checkpoint_->find(full_name(name), shape)
      .to(device_, at::kFloat)
      .contiguous();  // a gradient that it requires reaches it
}

at::Tensor WeightScope::take_folded(std::string_view name, const std::vector<int64_t>& shape, int64_t kept) const {
  const std::string plain(name), parametrized = fmt::format("parametrizations.{}.original", name);
  std::vector<int64_t> gain_shape(shape.size(), 1);
  gain_shape.at(static_cast<std::size_t>(kept)) = shape.at(static_cast<std::size_t>(kept));
  const auto fold = [&](const std::string& gain, const std::string& direction) {
    const auto directions = take(direction, shape);  // first: its shape tells more when it is wrong
    const auto gains = take(gain, gain_shape);
    return directions.is_meta() ? directions : at::_weight_norm(directions, gains, kept).contiguous();
  };
  if (has(plain + "_v")) return fold(plain + "_g", plain + "_v");
  if (has(parametrized + "1")) return fold(parametrized + "0", parametrized + "1");
  return take(name, shape);
}

bool WeightScope::has(std::string_view name) const { return checkpoint_->tensors.count(full_name(name)) > 0; }

int64_t WeightScope::dimensions(std::string_view name) const {
  for (const auto& stored :
       {std::string(name), fmt::format("{}_v", name), fmt::format("parametrizations.{}.original1", name)}) {
    if (const auto found = checkpoint_->tensors.find(full_name(stored)); found != checkpoint_->tensors.end())
      return found->second.dim();
  }
  return 0;
}

std::vector<std::string> WeightScope::unused() const {
  const std::lock_guard lock(checkpoint_->mutex);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : checkpoint_->tensors) {
    if (checkpoint_->taken.count(name) == 0) names.push_back(name);
  }
  return names;
}

const std::string& WeightScope::origin() const { return checkpoint_->origin; }

std::string WeightScope::full_name(std::string_view name) const {
  if (prefix_.empty()) return std::string(name);
  return name.empty() ? prefix_ : fmt::format("{}.{}", prefix_, name);
}

}  // namespace cfo::tensors
