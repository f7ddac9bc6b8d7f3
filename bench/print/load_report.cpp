#include <fmt/format.h>

#include "bench/print/report.h"

namespace cfo::bench {
namespace {

constexpr double megabyte = 1e6;

}  // namespace

std::string load_text(const std::vector<LoadSpeed>& speeds) {
  std::string text = fmt::format("{:20} {:>9} {:>8} {:>9} {:>12} {:>9}\n", "container", "file MB", "stage", "seconds",
                                 "peak RSS MB", "own MB");
  for (const LoadSpeed& speed : speeds) {
    for (const LoadStage& stage : speed.stages) {
      text += fmt::format("{:20} {:>9.1f} {:>8} {:>9.3f} {:>12.1f} {:>9.1f}\n", speed.container,
                          static_cast<double>(speed.bytes) / megabyte, stage.name, stage.seconds,
                          static_cast<double>(stage.peak) / megabyte, static_cast<double>(stage.own) / megabyte);
    }
  }
  return text;
}

Json load_json(const std::vector<LoadSpeed>& speeds) {
  Json list = Json::array();
  for (const LoadSpeed& speed : speeds) {
    Json stages = Json::object();
    for (const LoadStage& stage : speed.stages)
      stages[stage.name] = {{"seconds", stage.seconds}, {"peak_rss_bytes", stage.peak}, {"own_bytes", stage.own}};
    list.push_back(
        {{"file", speed.file.string()}, {"container", speed.container}, {"bytes", speed.bytes}, {"stages", stages}});
  }
  return {{"loads", list}};
}

}  // namespace cfo::bench
