// The tables of a report.
#pragma once

#include "nodes/report/gather/study.h"
#include "nodes/report/tables/table.h"

namespace cfo::report {

Table split_table(const DataSet& data);            ///< splits.csv
Table codec_table(const DataSet& data);            ///< codecs.csv
Table model_table(const Detection& detection);     ///< models.csv
Table eer_table(const Detection& detection);       ///< eer.csv: one line a cell of the matrix, EERs in %
Table embedding_table(const EmbeddingMaps& maps);  ///< embeddings.csv: the points of the t-SNE maps
Table node_table(const std::vector<storage::NodeMetrics>& nodes);  ///< nodes.csv

/// Failures counted by node and reason, most frequent first. Only in the page: failures.tsv holds them singly.
Table failure_table(const std::vector<storage::ItemLine>& failures);

}  // namespace cfo::report
