#include "nodes/report/report.h"

#include "base/durable_file.h"
#include "base/error.h"
#include "nodes/report/figures/figures.h"
#include "nodes/report/figures/pdf.h"
#include "nodes/report/page/page.h"
#include "nodes/report/tables/paper_tables.h"
#include "nodes/report/tables/tables.h"
#include "nodes/report/tables/tracing_tables.h"
#include "nodes/report/tables/weights_table.h"

namespace cfo::report {
namespace fs = std::filesystem;
namespace {

std::string link_to(const fs::path& run, const fs::path& folder) {
  return fs::weakly_canonical(run).lexically_relative(fs::weakly_canonical(folder)).generic_string();
}

}  // namespace

void write_report(const storage::FinishedFiles& files, const fs::path& output_folder) {
  const Study study = gather(files);
  std::error_code failed;
  fs::create_directories(output_folder, failed);
  if (failed) throw_write_error(output_folder, failed.value());
  std::vector<Figure> figures{
      eer_matrix_figure(study, false), eer_matrix_figure(study, true), quality_figure(study), embedding_figure(study),
      tracing_figure(study),           traced_sets_figure(study),      score_figure(study),   training_figure(study)};
  std::erase_if(figures, [](const Figure& figure) { return figure.empty(); });
  for (const auto& figure : figures) {
    write_durably(output_folder / figure.file, svg_document(figure));
    write_durably(output_folder / pdf_name(figure), pdf_document(figure));
  }
  for (const auto& table :
       {dataset_table(study), codec_eer_table(study), generator_table(study), statistics_table(study.data),
        best_table(study.detection), case_table(study.detection), stratified_table(study.detection),
        strata_table(study.detection), split_table(study.data), codec_table(study.data), model_table(study.detection),
        eer_table(study.detection), embedding_table(study.embeddings), tracing_table(study.tracing),
        confusion_table(study.tracing), weights_table(study), node_table(study.logs.nodes)}) {
    write_durably(output_folder / table.file, to_csv(table));
  }
  write_durably(output_folder / "index.html", write_page(study, figures, link_to(files.run(), output_folder)));
}

}  // namespace cfo::report
