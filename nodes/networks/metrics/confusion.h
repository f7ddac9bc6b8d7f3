// How well classes are told apart: confusion matrix, accuracy and F1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cfo::metrics {

/// Counts of utterances by true and predicted class. The rates are those of scikit-learn (accuracy_score; f1_score with
/// average "macro" and "weighted", zero_division 0), computed over the classes that occur, be it as truth or as
/// prediction.
class Confusion {
 public:
  explicit Confusion(std::size_t classes) : classes_(classes), counts_(classes * classes) {}

  /// Throws std::out_of_range for a class that there is not.
  void add(std::size_t truth, std::size_t predicted) { ++counts_.at(place(truth, predicted)); }
  void add(const Confusion& other);  ///< of as many classes

  std::size_t classes() const { return classes_; }
  uint64_t count(std::size_t truth, std::size_t predicted) const { return counts_.at(place(truth, predicted)); }
  uint64_t of_truth(std::size_t truth) const;
  uint64_t of_prediction(std::size_t predicted) const;
  uint64_t total() const;

  double accuracy() const;           ///< in [0, 1]; NaN without utterances
  double f1(std::size_t one) const;  ///< of a class; 0 where nothing was right
  double macro_f1() const;           ///< mean over the classes that occur; NaN without utterances
  double weighted_f1() const;        ///< mean over the utterances of their true class's F1; NaN without utterances

 private:
  std::size_t place(std::size_t truth, std::size_t predicted) const;
  std::size_t classes_;
  std::vector<uint64_t> counts_;
};

}  // namespace cfo::metrics
