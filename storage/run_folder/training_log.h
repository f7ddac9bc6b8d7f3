// log.csv and losses.csv of a training: RUN/models/NAME/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace cfo::storage {

/// A line of log.csv: columns epoch, step, train_loss, validation_eer, learning_rate.
struct EpochLine {
  int64_t epoch = 0;          ///< from 1
  int64_t step = 0;           ///< steps made by its end
  double train_loss = 0;      ///< mean of the epoch
  double validation_eer = 0;  ///< in [0, 1]
  double learning_rate = 0;   ///< of the epoch's last step
};

/// Writes log.csv into a model's folder, durably.
void write_training_log(const std::filesystem::path& folder, std::span<const EpochLine> epochs);

/// The lines of log.csv in a model's folder; none where there is no such file, NaN for a number that is not there.
std::vector<EpochLine> read_training_log(const std::filesystem::path& folder);

/// Writes losses.csv (columns step, from 1, and loss) into a model's folder, durably.
void write_losses(const std::filesystem::path& folder, std::span<const double> losses);

}  // namespace cfo::storage
