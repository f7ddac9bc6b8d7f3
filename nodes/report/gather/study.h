// What a report tells, gathered from a run folder: plain values, no drawing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/report/gather/embedding_maps.h"
#include "nodes/report/gather/models.h"
#include "nodes/report/gather/rates.h"
#include "nodes/report/gather/remarks.h"
#include "nodes/report/gather/strata.h"
#include "nodes/report/gather/tracing.h"
#include "storage/run_folder/item_tables.h"
#include "storage/run_folder/finished_files.h"
#include "storage/run_folder/ledger.h"

namespace cfo::report {

/// Mean and standard deviation of numbers that come one by one.
class Moments {
 public:
  void add(double value);
  uint64_t count() const { return count_; }
  double mean() const { return mean_; }
  double deviation() const;  ///< of the sample (n - 1); 0 for one number

 private:
  uint64_t count_ = 0;
  double mean_ = 0, squares_ = 0;
};

/// A codec, or "bonafide", and what the shards hold of it.
struct CodecFacts {
  std::string name;
  std::string letter, title, family, quantizer, auxiliary, decoder;  ///< "" where neither card nor shard tells
  int64_t sample_rate = 0;                                           ///< Hz; 0: unknown, as below
  int64_t codebooks = 0, codebook_size = 0;
  double frame_rate = 0, bitrate_kbps = 0;
  std::string weights_digest, weights_shard;  ///< the latter: a shard that notes it, below the run folder
  uint64_t utterances = 0;
  std::map<std::string, uint64_t> by_split;  ///< utterances of each split
  double seconds = 0;
  Moments snr_db;  ///< over the utterances with a finite `snr_db`
  Moments utmos;   ///< over the spoofed ones with a UTMOS (of "bonafide" all), of the split eval where it has such
  Moments bona_fide_utmos;  ///< of the bona fide utterances that a generator's set brings, as above
  std::optional<double> clipped_samples;
  bool is_bona_fide() const { return name == "bonafide"; }
};

/// One split over all shards (paper Table IV).
struct SplitFacts {
  std::string split;
  uint64_t bona_fide = 0, spoofed = 0;
  uint64_t speakers = 0;
  double bona_fide_seconds = 0, spoofed_seconds = 0;
};

/// Scores of one model on one test set.
struct EerCell {
  std::string model, test;
  EqualErrorRate eer;
  std::string file;                ///< score file below the run folder
  bool generated = false;          ///< the test set is CoSG, see TestScores
  std::optional<double> min_tdcf;  ///< of 2019, where RUN/asv/<test>.txt has scores of a speaker verification system
};

/// Shares of scores in equal bins from `low` to `high`; scores outside count in the outermost bins.
struct Histogram {
  double low = 0, high = 1;
  std::vector<double> bona_fide, own, pooled;  ///< each sums to 1, or is empty
};

/// One countermeasure over all its test sets.
struct ModelResult {
  std::string model;
  std::optional<EqualErrorRate> own;     ///< on the codec it was trained on
  std::optional<EqualErrorRate> pooled;  ///< all re-synthesised speech together, so one threshold for all codecs
  std::optional<double> mean;            ///< of the EERs of all CoRS test sets: the paper's CR-EER (Table II)
  std::optional<double> mean_of_others;  ///< the same without its own codec
  std::optional<double> generated_mean;  ///< of the EERs of all CoSG test sets: the paper's SG-EER
  std::string best, worst;               ///< test sets, of either sort, with the least and the greatest EER
  double best_eer = 0, worst_eer = 0;
  std::size_t tests = 0;
  bool of_one_codec = true;  ///< false: trained on the speech of several codecs (source tracing)
  Histogram scores;
};

/// One line of models/<codec>/log.csv, as the train node writes it; NaN where the line has no such number.
struct TrainingPoint {
  double epoch = 0, step = 0, loss = 0;
  double validation_eer = 0;  ///< in [0, 1]
};

struct TrainingLog {
  std::string model;
  std::vector<TrainingPoint> points;
};

/// The data set: what stands in RUN/shards.
struct DataSet {
  std::vector<SplitFacts> splits;  ///< train, validation, eval, then others
  std::vector<CodecFacts> codecs;  ///< bona fide first, then by the paper's letter, then by name
  std::string graph_digest, corpus_digest, engine_version;
  bool speakers_disjoint = true;                     ///< no speaker is in two splits; remarks name those that are
  QualityOfUtterances quality;                       ///< UTMOS by set and utterance
  std::map<std::string, std::string> utmos_weights;  ///< digest of the weights -> a shard that notes it
  Remarks remarks;
  double seconds() const;
  uint64_t utterances() const;
};

/// The detection results: what stands in RUN/scores.
struct Detection {
  std::vector<std::string> codec_tests;      ///< CoRS test sets: columns of the matrix, ordered as `DataSet::codecs`
  std::vector<std::string> generator_tests;  ///< CoSG test sets, in the paper's order
  std::vector<ModelResult> models;           ///< rows of the matrices, baselines first
  std::map<std::pair<std::string, std::string>, EerCell> eers;  ///< by (model, test)
  std::vector<Stratum> strata;
  Remarks remarks;
  /// Null where that model was not tested on that set.
  const EerCell* find(const std::string& model, const std::string& test) const;
};

/// How the run went: the ledger, the training logs, metrics.tsv and failures.tsv.
struct Logs {
  std::vector<storage::LedgerRecord> units;  ///< by name
  std::vector<TrainingLog> training;
  std::vector<storage::NodeMetrics> nodes;  ///< busiest first
  std::vector<storage::ItemLine> failures;
  std::vector<storage::ItemLine> item_remarks;  ///< about levels
  Remarks remarks;
};

struct Study {
  std::filesystem::path run;
  std::string name;  ///< of the graph, else of the run folder
  DataSet data;
  Detection detection;
  Logs logs;
  EmbeddingMaps embeddings;
  std::vector<ModelFacts> models;
  Tracing tracing;
};

/// Each reads what is there: missing parts stay empty, files that cannot be read become remarks.
Study gather(const storage::FinishedFiles& files);
DataSet gather_data(const storage::FinishedFiles& files);
Detection gather_detection(const storage::FinishedFiles& files, const QualityOfUtterances& quality,
                           const std::vector<ModelFacts>& models = {});
Logs gather_logs(const storage::FinishedFiles& files);

/// `names` in the order of the report: baselines, bona fide, then codecs by the paper's letter, then generators as in
/// the paper, then by name.
std::vector<std::string> in_report_order(std::vector<std::string> names);

/// Facts of the card of a codec, those of the codec behind a generator, or just the name where neither is known.
CodecFacts card_facts(const std::string& name);

/// The baselines' detectors (paper section V-A), as the folders of their models are called: "BL1" for "asvspoof2019",
/// "BL2" for "maskgct"; "" for every other name.
std::string baseline_label(const std::string& model);

/// "D1 Encodec_6b24k", or the name alone where the paper has no letter for it; "bona fide" for "bonafide"; a
/// generator's title.
std::string labelled(const std::string& name);

/// The letter alone, or the name where there is none.
std::string brief_label(const std::string& name);

/// The generator of the paper's case study, MaskGCT, where it was scored, else the one with the most speech; "" where
/// there is none.
std::string case_of(const Detection& detection);

}  // namespace cfo::report
