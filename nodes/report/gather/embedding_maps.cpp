#include "nodes/report/gather/embedding_maps.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "nodes/networks/tsne/tsne.h"
#include "nodes/report/gather/study.h"
#include "storage/shards/shard.h"

namespace cfo::report {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_maps = 6;
constexpr std::size_t most_of_a_class = 400;

/// Paper Figure 7, in its order.
constexpr std::array shown_in_paper = {"asvspoof2019",  "maskgct",         "DAC24",
                                       "Encodec_6b24k", "vocos_encodec_6", "FACodec_encodec-decoder-v2_16k"};

std::vector<std::string> models_to_show(const Detection& detection) {
  std::vector<std::string> all, chosen;
  for (const auto& model : detection.models) all.push_back(model.model);
  for (const auto* name : shown_in_paper) {
    if (std::find(all.begin(), all.end(), name) != all.end()) chosen.push_back(name);
  }
  if (chosen.empty()) chosen = all;
  chosen.resize(std::min(chosen.size(), most_maps));
  return chosen;
}

/// Rows and who they are of.
struct Rows {
  std::vector<float> values;
  int64_t dimension = 0;
  std::vector<MappedUtterance> utterances;

  void add(const storage::Embeddings& embeddings, storage::Label label) {
    std::vector<std::size_t> fitting;
    for (std::size_t i = 0; i < embeddings.labels.size(); ++i) {
      if (embeddings.labels[i] == label) fitting.push_back(i);
    }
    dimension = embeddings.dimension;
    const std::size_t count = std::min(fitting.size(), most_of_a_class);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t row = fitting[i * fitting.size() / count];
      const auto begin = embeddings.values.begin() + static_cast<std::ptrdiff_t>(row) * dimension;
      values.insert(values.end(), begin, begin + dimension);
      utterances.push_back({embeddings.utterance_ids[row], label == storage::Label::bona_fide, 0, 0});
    }
  }

  bool has(bool bona_fide) const {
    return std::any_of(utterances.begin(), utterances.end(),
                       [&](const auto& one) { return one.bona_fide == bona_fide; });
  }
};

fs::path embedding_file(const std::string& model, const std::string& test) {
  return fs::path("embeddings") / model / (test + ".h5");
}

/// Bona fide and spoofed rows of a test set, the former from bonafide.h5 where the set has none.
Rows rows_of(const storage::FinishedFiles& files, EmbeddingMap& map) {
  Rows rows;
  const auto read = [&](const std::string& test, storage::Label label) {
    const fs::path file = embedding_file(map.model, test);
    const fs::path path = files.run() / file;
    if (!fs::is_regular_file(path) || !files.count(path)) return;
    rows.add(storage::read_embeddings(path), label);
    if (std::find(map.files.begin(), map.files.end(), file.generic_string()) == map.files.end())
      map.files.push_back(file.generic_string());
  };
  read(map.test, storage::Label::bona_fide);
  if (!rows.has(true)) read("bonafide", storage::Label::bona_fide);
  read(map.test, storage::Label::spoof);
  return rows;
}

}  // namespace

EmbeddingMaps gather_embedding_maps(const storage::FinishedFiles& files, const Detection& detection) {
  EmbeddingMaps gathered;
  const auto generator = case_of(detection);
  for (const auto& model : models_to_show(detection)) {
    EmbeddingMap map;
    map.model = model;
    map.test = generator.empty() ? model : generator;
    try {
      Rows rows = rows_of(files, map);
      if (!rows.has(true) || !rows.has(false)) continue;
      const auto count = static_cast<int64_t>(rows.utterances.size());
      const auto drawn = tsne::map_of(at::from_blob(rows.values.data(), {count, rows.dimension}, at::kFloat));
      for (std::size_t i = 0; i < rows.utterances.size(); ++i) {
        rows.utterances[i].x = drawn.points[i].x;
        rows.utterances[i].y = drawn.points[i].y;
      }
      map.utterances = std::move(rows.utterances);
      map.perplexity = drawn.perplexity;
      map.divergence = drawn.divergence;
      gathered.maps.push_back(std::move(map));
    } catch (const Error& error) {
      gathered.remarks.push_back(fmt::format("no t-SNE map of {} on {}: {}", map.model, map.test, error.what()));
    }
  }
  return gathered;
}

}  // namespace cfo::report
