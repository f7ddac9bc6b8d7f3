#include "nodes/report/tables/weights_table.h"

#include <fmt/ranges.h>

#include "nodes/report/tables/text.h"

namespace cfo::report {
namespace {

std::vector<Cell> row_of(const std::string& what, const std::string& name, const std::string& users,
                         const std::string& digest, const std::string& noted) {
  return {text_cell(what), text_cell(name), text_cell(users), digest_cell(digest), text_cell(noted)};
}

}  // namespace

Table weights_table(const Study& study) {
  Table table{"weights.csv",
              {{"what", "Weights of", false, ""},
               {"name", "Name or file", false, ""},
               {"used_by", "Used by", false, ""},
               {"sha256", "SHA-256", false, "of the file; of a codec: of its card and files, or fitted tables"},
               {"noted_in", "Noted in", false, "file in the run folder"}},
              {}};
  for (const auto& codec : study.data.codecs) {
    if (!codec.weights_digest.empty())
      table.rows.push_back(
          row_of("codec", codec.name, "shards/" + codec.name, codec.weights_digest, codec.weights_shard));
  }
  for (const auto& [digest, shard] : study.data.utmos_weights)
    table.rows.push_back(row_of("UTMOS", "utmos22_strong", "measures/utmos", digest, shard));
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> users;
  for (const auto& model : study.models) {
    if (!model.weights.empty()) users[{model.weights, model.weights_sha256}].push_back(model.model);
  }
  for (const auto& [weights, models] : users) {
    const auto* const first = find_facts(study.models, models.front());
    table.rows.push_back(
        row_of(first->detector, weights.first, fmt::format("{}", fmt::join(models, " ")), weights.second, first->file));
  }
  return table;
}

}  // namespace cfo::report
