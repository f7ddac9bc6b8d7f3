#include <fmt/ranges.h>

#include "tests/golden_check/check.h"

namespace cfo::golden {
namespace {

std::string shapes(const at::Tensor& actual, const at::Tensor& expected) {
  return fmt::format("shape [{}], recorded [{}]", fmt::join(actual.sizes(), ", "), fmt::join(expected.sizes(), ", "));
}

}  // namespace

at::Tensor kept_values(const Record& record, const std::string& name, const at::Tensor& result) {
  if (!record.manifest.contains("compact") || !record.manifest["compact"]["samples"].contains(name)) return result;
  const auto& samples = record.manifest["compact"]["samples"][name];
  return result.slice(-1, 0, c10::nullopt, samples.at("stride").get<int64_t>())
      .slice(-1, 0, samples.at("kept").get<int64_t>());
}

Stage compare_floats(const std::string& name, const at::Tensor& actual, const at::Tensor& expected, double tolerance) {
  if (actual.sizes() != expected.sizes()) return {name, shapes(actual, expected), false};
  const auto wanted = expected.to(at::kDouble);
  const double scale = wanted.norm().item<double>();
  const double distance = (actual.to(at::kCPU, at::kDouble) - wanted).norm().item<double>();
  const double error = scale > 0 ? distance / scale : distance;
  return {name, fmt::format("relative L2 {:.1e}", error), error <= tolerance};  // false for NaN too
}

Stage compare_codes(const std::string& name, const at::Tensor& actual, const at::Tensor& expected,
                    const at::Tensor& margins) {
  if (actual.sizes() != expected.sizes()) return {name, shapes(actual, expected), false};
  constexpr double least_share = 0.995;
  constexpr double near_tie = 1e-3;  // squared distance; float32 rounding of the search is about 1e-5 of it
  const auto differs = actual.to(at::kCPU).ne(expected);
  const int64_t wrong = differs.sum().item<int64_t>();
  const double share = 1 - static_cast<double>(wrong) / static_cast<double>(std::max<int64_t>(1, expected.numel()));
  // A frame's later codebooks code another residual once one code differs: only its first difference must be a near
  // tie.
  const auto first = expected.dim() < 2 ? differs : differs.logical_and(differs.to(at::kLong).cumsum(-2).eq(1));
  const bool ties =
      wrong == 0 || !margins.defined() ||
      (margins.sizes() == expected.sizes() && margins.masked_select(first).max().item<double>() <= near_tie);
  auto figure = fmt::format("codes equal {:.2f} %{}", 100 * share, ties ? "" : ", and a differing one is no near tie");
  return {name, std::move(figure), share >= least_share && ties};
}

}  // namespace cfo::golden
