#include "storage/run_folder/training_log.h"

#include <fmt/format.h>

#include <string>

#include "base/durable_file.h"
#include "storage/run_folder/layout.h"
#include "storage/run_folder/separated.h"

namespace cfo::storage {

void write_training_log(const std::filesystem::path& folder, std::span<const EpochLine> epochs) {
  std::string text = "epoch,step,train_loss,validation_eer,learning_rate\n";
  for (const auto& line : epochs) {
    text += fmt::format("{},{},{:.6f},{:.6f},{:.4g}\n", line.epoch, line.step, line.train_loss, line.validation_eer,
                        line.learning_rate);
  }
  write_durably(folder / training_log_file, text);
}

std::vector<EpochLine> read_training_log(const std::filesystem::path& folder) {
  std::vector<EpochLine> epochs;
  for (const auto& row : separated::read(folder / training_log_file, ','))
    epochs.push_back({static_cast<int64_t>(row.count("epoch")), static_cast<int64_t>(row.count("step")),
                      row.number("train_loss"), row.number("validation_eer"), row.number("learning_rate")});
  return epochs;
}

void write_losses(const std::filesystem::path& folder, std::span<const double> losses) {
  std::string text = "step,loss\n";
  for (std::size_t step = 0; step < losses.size(); ++step) text += fmt::format("{},{:.6g}\n", step + 1, losses[step]);
  write_durably(folder / losses_file, text);
}

}  // namespace cfo::storage
