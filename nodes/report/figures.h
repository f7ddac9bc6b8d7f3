// The drawings of a report. Each gives an empty figure when the run has nothing for it.
#pragma once

#include "nodes/report/study.h"
#include "nodes/report/svg.h"

namespace cfo::report {

/// EER of every model (row) on every test set (column) as a heat map, in %, with a last column of row means; the
/// cells of a model on its own codec are framed, and lines part codec families (paper Figures 6 and 8).
Figure eer_matrix_figure(const Study& study);

/// Per model: how its scores of bona fide speech, of its own codec and of all codecs together are spread.
Figure score_figure(const Study& study);

/// Per model: training loss and validation EER by epoch.
Figure training_figure(const Study& study);

}  // namespace cfo::report
