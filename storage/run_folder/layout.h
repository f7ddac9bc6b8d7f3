// The schema of a run folder: what its files are called. What stands in each is told, written and read in one place:
//
//   ledger          ledger.h             finished units, a JSON line each
//   failures.tsv    item_tables.h        items and units that could not be made
//   metrics.tsv     metric_table.h       what each node did in each unit
//   remarks.tsv     item_tables.h        what is odd about items that were made
//   contents.tsv    content_table.h      what was in the files of the corpus
//   status.json     run_status.h         what is under way
//   graph.yaml      engine/graph         the graph as it ran
//   shards/         finished_files.h     the data set (storage/shards)
//   models/NAME/    model_description.h  model.yaml; training_log.h: log.csv, losses.csv
//   scores/, predictions/, embeddings/   storage/tables, storage/shards
#pragma once

namespace cfo::storage {

inline constexpr auto ledger_file = "ledger";
inline constexpr auto failures_file = "failures.tsv";
inline constexpr auto metrics_file = "metrics.tsv";
inline constexpr auto remarks_file = "remarks.tsv";
inline constexpr auto contents_file = "contents.tsv";
inline constexpr auto status_file = "status.json";
inline constexpr auto graph_file = "graph.yaml";
inline constexpr auto shards_folder = "shards";
inline constexpr auto models_folder = "models";
inline constexpr auto set_aside_folder = "set_aside";  ///< what the graph makes no more, by its path
inline constexpr auto training_log_file = "log.csv";
inline constexpr auto losses_file = "losses.csv";

}  // namespace cfo::storage
