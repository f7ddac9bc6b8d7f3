// The tables of source tracing.
#pragma once

#include "nodes/report/gather/study.h"
#include "nodes/report/tables/table.h"

namespace cfo::report {

/// tracing.csv: accuracy and F1 by detector, task and sets.
Table tracing_table(const Tracing& tracing);
/// tracing_confusion.csv: the confusion matrices, one line a true and predicted class.
Table confusion_table(const Tracing& tracing);

/// "quantizer", "auxiliary objective", "decoder" or "bona fide or spoofed".
std::string task_text(const std::string& task);

}  // namespace cfo::report
