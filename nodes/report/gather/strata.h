// Error rates over groups of test sets: by codec family and by the classes of the paper's taxonomy (section VI-C, Table
// VI).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nodes/report/gather/model_scores.h"
#include "nodes/report/gather/rates.h"

namespace cfo::report {

/// Test set -> utterance -> UTMOS.
using QualityOfUtterances = std::map<std::string, std::map<std::string, double>>;

/// One detector on the test sets of one class, collected: one threshold for all of them.
struct Stratum {
  std::string model;
  bool generated = false;        ///< over CoSG, else over CoRS test sets
  double least_quality = 0;      ///< spoofed speech of at least this UTMOS only; 0: all
  std::string attribute, group;  ///< "family", "quantizer", "auxiliary" or "decoder" and its class; "all" and "all"
  EqualErrorRate eer;            ///< of the collected scores, so at a threshold of this group
  double half_total = 0;         ///< (FRR + FAR) / 2 of the group at the threshold of the detector's "all" stratum
  std::size_t tests = 0;
};

/// UTMOS limits of the paper's Table VI, after none.
inline constexpr double quality_limits[] = {0, 3.0, 3.5};

/// Attributes in the order of the tables.
inline constexpr const char* stratum_attributes[] = {"all", "family", "quantizer", "auxiliary", "decoder"};

/// The class of a codec or generator under an attribute, "" where unknown.
std::string class_of(const std::string& name, const std::string& attribute);

/// All strata of a model that have both classes. Filtered ones are of generators whose utterances have a UTMOS.
std::vector<Stratum> strata_of(const ModelScores& scores, const QualityOfUtterances& quality);

/// A cell of Table VI: the mean EER over the detectors that were trained on codecs of one class.
struct StratumMean {
  bool generated = false;
  double least_quality = 0;
  std::string attribute, train_group, test_group;
  double mean = 0;
  std::size_t models = 0, bona_fide = 0, spoofed = 0;  ///< the last two of each detector's test
};

/// Quantizer, auxiliary and decoder only. In the order of the strata.
std::vector<StratumMean> stratum_means(const std::vector<Stratum>& strata);

}  // namespace cfo::report
