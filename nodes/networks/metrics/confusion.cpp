#include "nodes/networks/metrics/confusion.h"

#include <limits>
#include <numeric>
#include <stdexcept>

namespace cfo::metrics {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::size_t Confusion::place(std::size_t truth, std::size_t predicted) const {
  if (truth >= classes_ || predicted >= classes_) throw std::out_of_range("confusion: no such class");
  return truth * classes_ + predicted;
}

void Confusion::add(const Confusion& other) {
  if (other.classes_ != classes_) throw std::out_of_range("confusion: another number of classes");
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

uint64_t Confusion::of_truth(std::size_t truth) const {
  uint64_t sum = 0;
  for (std::size_t predicted = 0; predicted < classes_; ++predicted) sum += count(truth, predicted);
  return sum;
}

uint64_t Confusion::of_prediction(std::size_t predicted) const {
  uint64_t sum = 0;
  for (std::size_t truth = 0; truth < classes_; ++truth) sum += count(truth, predicted);
  return sum;
}

uint64_t Confusion::total() const { return std::accumulate(counts_.begin(), counts_.end(), uint64_t{0}); }

double Confusion::accuracy() const {
  if (total() == 0) return nothing;
  uint64_t right = 0;
  for (std::size_t one = 0; one < classes_; ++one) right += count(one, one);
  return static_cast<double>(right) / static_cast<double>(total());
}

double Confusion::f1(std::size_t one) const {
  const auto mentions = of_truth(one) + of_prediction(one);
  return mentions == 0 ? 0 : 2.0 * static_cast<double>(count(one, one)) / static_cast<double>(mentions);
}

double Confusion::macro_f1() const {
  double sum = 0;
  int occurring = 0;
  for (std::size_t one = 0; one < classes_; ++one) {
    if (of_truth(one) + of_prediction(one) == 0) continue;
    sum += f1(one);
    ++occurring;
  }
  return occurring == 0 ? nothing : sum / occurring;
}

double Confusion::weighted_f1() const {
  if (total() == 0) return nothing;
  double sum = 0;
  for (std::size_t one = 0; one < classes_; ++one) sum += f1(one) * static_cast<double>(of_truth(one));
  return sum / static_cast<double>(total());
}

}  // namespace cfo::metrics
