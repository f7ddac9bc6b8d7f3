// Which published or fitted weights made a run.
#pragma once

#include "nodes/report/gather/study.h"
#include "nodes/report/tables/table.h"

namespace cfo::report {

/// weights.csv: codecs, UTMOS and what detectors began as, each with the digest that the run noted.
Table weights_table(const Study& study);

}  // namespace cfo::report
