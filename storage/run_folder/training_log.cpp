#include "storage/run_folder/training_log.h"

#include <fmt/format.h>

#include <string>

#include "base/durable_file.h"

namespace cfo::storage {

void write_training_log(const std::filesystem::path& folder, std::span<const EpochLine> epochs) {
  std::string text = "epoch,step,train_loss,validation_eer,learning_rate\n";
  for (const auto& line : epochs) {
    text += fmt::format("{},{},{:.6f},{:.6f},{:.4g}\n", line.epoch, line.step, line.train_loss, line.validation_eer,
                        line.learning_rate);
  }
  write_durably(folder / "log.csv", text);
}

void write_losses(const std::filesystem::path& folder, std::span<const double> losses) {
  std::string text = "step,loss\n";
  for (std::size_t step = 0; step < losses.size(); ++step) text += fmt::format("{},{:.6g}\n", step + 1, losses[step]);
  write_durably(folder / "losses.csv", text);
}

}  // namespace cfo::storage
