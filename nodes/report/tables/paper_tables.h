// The paper's tables, from this run's files.
#pragma once

#include <vector>

#include "nodes/report/gather/study.h"
#include "nodes/report/tables/table.h"

namespace cfo::report {

Table dataset_table(
    const Study& study);  ///< table_1_datasets.csv: how many codecs and generators, beside earlier data sets
Table codec_eer_table(
    const Study& study);  ///< table_2_codecs.csv: taxonomy with CR-EER and SG-EER of each codec's detector
Table generator_table(const Study& study);    ///< table_3_generators.csv; without rows where the run has no CoSG speech
Table statistics_table(const DataSet& data);  ///< table_4_statistics.csv: utterances and speakers by split
Table best_table(const Detection& detection);  ///< table_5_best.csv: the best detectors for each generator
Table case_table(const Detection& detection);  ///< table_5_case.csv: every detector on one generator, case_of's
Table stratified_table(
    const Detection& detection);                 ///< table_6_strata.csv: mean EERs by class of training and test codecs
Table strata_table(const Detection& detection);  ///< strata.csv: what those means are of, with families

}  // namespace cfo::report
