// The drawings of a report. Each gives an empty figure when the run has nothing for it.
#pragma once

#include "nodes/report/figures/svg.h"
#include "nodes/report/gather/study.h"

namespace cfo::report {

/// EER of every model (row) on every test set (column) as a heat map, in %, with a last column of row means; the
/// cells of a model on its own codec are framed, and lines part codec families. Re-synthesised speech (paper Figure 8),
/// or `generated`: that of generators (Figure 6).
Figure eer_matrix_figure(const Study& study, bool generated);

/// Mean UTMOS of each codec's speech and of each generator's, with its deviation, against that of bona fide speech
/// (paper Figure 5).
Figure quality_figure(const Study& study);

/// Embeddings of bona fide and spoofed speech under several detectors as t-SNE maps (paper Figure 7).
Figure embedding_figure(const Study& study);

/// Source tracing: true by predicted class, for each detector, task and sort of test sets.
Figure tracing_figure(const Study& study);
/// The same by test set: what the speech of each codec and generator is taken for.
Figure traced_sets_figure(const Study& study);

/// Per model: how its scores of bona fide speech, of its own codec and of all codecs together are spread.
Figure score_figure(const Study& study);

/// Per model: training loss and validation EER by epoch.
Figure training_figure(const Study& study);

}  // namespace cfo::report
