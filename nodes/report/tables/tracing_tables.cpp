#include "nodes/report/tables/tracing_tables.h"

#include <fmt/ranges.h>

#include "nodes/report/tables/text.h"

namespace cfo::report {
namespace {

std::vector<Column> result_columns() {
  return {{"model", "Detector", false, ""}, {"task", "Task", false, ""}, {"sets", "Tested on", false, ""}};
}

std::vector<Cell> result_cells(const TracingResult& result) {
  const std::string sets = result.sets == TracedSets::one ? result.tests.front() : sets_text(result);
  return {{escape(labelled(result.model)), result.model},
          {escape(task_text(result.task)), result.task},
          {escape(sets_text(result)), sets}};
}

/// F1 tells nothing of a set with one true class: there accuracy is the class's recall.
bool has_several_truths(const TracingResult& result) {
  std::size_t truths = 0;
  for (std::size_t one = 0; one < result.classes.size(); ++one) truths += result.confusion.of_truth(one) > 0 ? 1 : 0;
  return truths > 1;
}

}  // namespace

std::string task_text(const std::string& task) {
  if (task == "auxiliary") return "auxiliary objective";
  return task == "bona_fide" ? "bona fide or spoofed" : task;
}

Table tracing_table(const Tracing& tracing) {
  Table table{"tracing.csv", result_columns(), {}};
  table.columns.insert(
      table.columns.end(),
      {{"accuracy_percent", "Accuracy, %", true, "utterances whose likeliest class is the true one"},
       {"macro_f1_percent", "Macro F1, %", true, "mean over the classes, bona fide speech one of them"},
       {"weighted_f1_percent", "Weighted F1, %", true, "weighted by the utterances of the classes, as the authors do"},
       {"tests", "Sets", true, ""},
       {"utterances", "Utterances", true, "with a known true class"},
       {"predictions", "", false, ""}});
  for (const auto& result : tracing.results) {
    auto cells = result_cells(result);
    const auto& confusion = result.confusion;
    const bool several = has_several_truths(result);
    cells.insert(cells.end(),
                 {percent_cell(confusion.accuracy()), several ? percent_cell(confusion.macro_f1()) : no_cell(),
                  several ? percent_cell(confusion.weighted_f1()) : no_cell(), count_cell(result.tests.size()),
                  count_cell(confusion.total()), text_cell(fmt::format("{}", fmt::join(result.files, " ")))});
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Table confusion_table(const Tracing& tracing) {
  Table table{"tracing_confusion.csv", result_columns(), {}};
  table.columns.insert(table.columns.end(), {{"truth", "True class", false, ""},
                                             {"predicted", "Predicted", false, ""},
                                             {"utterances", "Utterances", true, ""},
                                             {"share_percent", "Share, %", true, "of the true class"}});
  for (const auto& result : tracing.results) {
    for (std::size_t truth = 0; truth < result.classes.size(); ++truth) {
      const auto of_truth = result.confusion.of_truth(truth);
      for (std::size_t predicted = 0; of_truth > 0 && predicted < result.classes.size(); ++predicted) {
        const auto count = result.confusion.count(truth, predicted);
        auto cells = result_cells(result);
        cells.insert(cells.end(),
                     {text_cell(result.classes[truth]), text_cell(result.classes[predicted]), count_cell(count),
                      percent_cell(static_cast<double>(count) / static_cast<double>(of_truth))});
        table.rows.push_back(std::move(cells));
      }
    }
  }
  return table;
}

}  // namespace cfo::report
