#include "tests/golden_check/check.h"

#include <fmt/format.h>

namespace cfo::golden {

std::vector<Stage> check_record(const std::filesystem::path& folder) {
  const auto record = read_record(folder);
  const auto name = record.manifest.value("name", "");
  if (record.manifest.contains("codec")) return check_codec(record);
  if (name == "cm_aasist" || name == "cm_aasist_l") return check_aasist(record);
  if (name == "cm_w2v2_aasist") return check_w2v2_aasist(record);
  if (name == "rawboost") return check_rawboost(record);
  if (name == "metrics") return check_metrics(record);
  if (name == "utmos22_strong") return check_utmos(record);
  return {
      {"record",
       fmt::format("no checker for '{}'; known are codecs, cm_aasist, cm_aasist_l, cm_w2v2_aasist, rawboost, metrics "
                   "and utmos22_strong",
                   name),
       false}};
}

}  // namespace cfo::golden
