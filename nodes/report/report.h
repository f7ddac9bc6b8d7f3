// The report of a run: one self-contained HTML page, its figures as SVG and its tables as CSV.
#pragma once

#include <filesystem>

#include "storage/run_folder/finished_files.h"

namespace cfo::report {

/// Writes index.html, the figures (figures.h, as SVG and PDF, those the run has data for) and the tables
/// (paper_tables.h, tables.h, as CSV) into `output_folder`, which is created if needed; the caller publishes it. Reads
/// the run folder only, of its finished `files` those that count: graph.yaml, ledger, metrics.tsv, failures.tsv,
/// remarks.tsv, shards/, scores/, embeddings/, asv/ and
/// models/*/log.csv. What is missing or broken there is said in the page. The same run folder gives the same bytes.
/// Links lead from `output_folder` (or, for "x.partial", from "x") to `run`. Throws Error when `run` is no folder,
/// OutOfSpace / Error when a file cannot be written.
void write_report(const storage::FinishedFiles& files, const std::filesystem::path& output_folder);

}  // namespace cfo::report
