#include "nodes/report/page/page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "nodes/networks/metrics/eer.h"
#include "nodes/report/gather/generators.h"
#include "nodes/report/gather/working_time.h"
#include "nodes/report/tables/paper_tables.h"
#include "nodes/report/tables/tables.h"
#include "nodes/report/tables/text.h"
#include "nodes/report/tables/tracing_tables.h"
#include "nodes/report/tables/weights_table.h"
#include "storage/run_folder/ledger.h"

namespace cfo::report {
namespace {

std::string fact(const std::string& name, const std::string& value, const std::string& detail = "") {
  const std::string small = detail.empty() ? "" : "<small>" + detail + "</small>";
  return fmt::format("<div><dt>{}</dt><dd>{}{}</dd></div>\n", escape(name), value, small);
}

std::string link(const std::string& to, const std::string& words) {
  return fmt::format("<a href=\"{}\">{}</a>", escape(link_path(to)), escape(words));
}

std::string section(const std::string& id, const std::string& title, const std::string& what, const std::string& body) {
  return fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n<p class=\"what\">{}</p>\n{}</section>\n", id, escape(title),
                     what, body);
}

std::string missing(const std::string& sentence) { return fmt::format("<p class=\"missing\">{}</p>\n", sentence); }

std::string caption(const std::string& words) { return fmt::format("<h3>{}</h3>\n", escape(words)); }

std::string csv_note(const std::string& file) {
  return fmt::format("<p class=\"files\">Table as {}</p>\n", link(file, file));
}

std::string table_or(const Table& table, const std::string& otherwise) {
  if (table.rows.empty()) return missing(otherwise);
  return to_html(table) + (table.file.empty() ? "" : csv_note(table.file));
}

std::string figure_or(const std::vector<Figure>& figures, const std::string& file, const std::string& otherwise) {
  const auto found =
      std::find_if(figures.begin(), figures.end(), [&](const auto& figure) { return figure.file == file; });
  if (found == figures.end() || found->empty()) return missing(otherwise);
  return inline_svg(*found) + fmt::format("<p class=\"files\">Figure as {} and {}</p>\n", link(file, file),
                                          link(pdf_name(*found), pdf_name(*found)));
}

std::vector<storage::LedgerRecord> units_of_kind(const Logs& logs, std::string_view kind) {
  std::vector<storage::LedgerRecord> units;
  for (const auto& unit : logs.units) {
    if (unit.kind == kind) units.push_back(unit);
  }
  return units;
}

std::string engine_of(const Study& study) {
  std::string engine = study.data.engine_version;
  for (const auto& unit : study.logs.units) engine = std::max(engine, unit.engine);
  return engine;
}

std::string finish_of(const Logs& logs) {
  std::string finished;
  for (const auto& unit : logs.units) finished = std::max(finished, unit.finished);
  return finished;
}

std::string failures_fact(const Study& study, const std::string& run_link) {
  const auto count = study.logs.failures.size();
  if (count == 0) return fact("Failed items", "0");
  return fact("Failed items", link(run_link + "/failures.tsv", grouped(count)), "each with its reason");
}

std::string item_remarks_fact(const Study& study, const std::string& run_link) {
  const auto count = study.logs.item_remarks.size();
  if (count == 0) return "";
  return fact("Remarks", link(run_link + "/remarks.tsv", grouped(count)), "on levels that no recording has");
}

/// Speech written to shards for each second that shards were being written.
std::string throughput_fact(const Logs& logs) {
  const auto shards = units_of_kind(logs, "write_shards");
  const double working = working_seconds(shards);
  double speech = 0;
  for (const auto& unit : shards) speech += unit.seconds;
  if (!(working > 0) || !(speech > 0)) return "";
  return fact("Throughput", fmt::format("{:.3g}×", speech / working), "seconds of speech a second, writing shards");
}

std::string facts(const Study& study, const std::string& run_link) {
  const auto& data = study.data;
  uint64_t spoofed = 0;
  for (const auto& split : data.splits) spoofed += split.spoofed;
  const auto codecs = std::count_if(data.codecs.begin(), data.codecs.end(), [](const auto& c) {
    return !c.is_bona_fide() && find_generator(c.name) == nullptr;
  });
  double cpu = 0;
  for (const auto& unit : study.logs.units) cpu += unit.cpu;
  std::string html = "<dl class=\"facts\">\n";
  html += fact("Utterances", grouped(data.utterances()), grouped(spoofed) + " spoofed, the rest bona fide");
  html += fact("Speech", speech_amount(data.seconds()));
  html += fact("Codecs", std::to_string(codecs));
  html += fact("Detectors", std::to_string(study.detection.models.size()),
               fmt::format("scored on {} codecs and {} generators", study.detection.codec_tests.size(),
                           study.detection.generator_tests.size()));
  html += failures_fact(study, run_link);
  if (!study.logs.units.empty()) {
    html += fact("Working time", duration(working_seconds(study.logs.units)),
                 fmt::format("{} of CPU; pauses left out", duration(cpu)));
    html += fact("Units done", grouped(study.logs.units.size()), "last at " + escape(minute_of(finish_of(study.logs))));
  }
  html += item_remarks_fact(study, run_link);
  html += throughput_fact(study.logs);
  return html + "</dl>\n";
}

std::string remarks(const Study& study) {
  Remarks all;
  for (const auto* some : {&study.data.remarks, &study.detection.remarks, &study.logs.remarks,
                           &study.embeddings.remarks, &study.tracing.remarks})
    all.insert(all.end(), some->begin(), some->end());
  std::map<std::string, std::set<std::string>> devices;  // by node, without their numbers
  for (const auto& unit : study.logs.units)
    if (!unit.device.empty()) devices[unit.node].insert(storage::device_types(unit.device));
  for (const auto& [node, used] : devices)
    if (used.size() > 1)
      all.push_back(fmt::format("what node '{}' made was computed partly on {}: it differs in its last digits", node,
                                fmt::join(used, ", partly on ")));
  const auto units = std::count_if(study.logs.failures.begin(), study.logs.failures.end(),
                                   [](const auto& failure) { return failure.item == "-"; });
  if (units > 0)
    all.insert(all.begin(), fmt::format("this report is incomplete: {} could not be finished (failures.tsv); the run's "
                                        "command tries again and draws it anew",
                                        counted(static_cast<std::size_t>(units), "unit")));
  if (all.empty()) return "";
  std::string html = "<div class=\"note\">Not everything of this run could be used:<ul>\n";
  for (const auto& remark : all) html += fmt::format("<li>{}</li>\n", escape(remark));
  return html + "</ul></div>\n";
}

std::string head(const Study& study) {
  const std::string engine = engine_of(study);
  const auto digest = [](const char* name, const std::string& value) {
    return value.empty() ? std::string()
                         : fmt::format(" · {} <code title=\"SHA-256 {}\">{}</code>", name, escape(value),
                                       escape(short_digest(value)));
  };
  return fmt::format("<h1>{}</h1>\n<p class=\"lead\">CodecFake-Omni study{}{}{}</p>\n", escape(study.name),
                     engine.empty() ? "" : " · engine " + escape(engine), digest("graph", study.data.graph_digest),
                     digest("corpus", study.data.corpus_digest));
}

std::string navigation() {
  constexpr std::array<std::pair<const char*, const char*>, 15> places = {{{"data", "Data"},
                                                                           {"codecs", "Codecs"},
                                                                           {"generators", "Generators"},
                                                                           {"quality", "Quality"},
                                                                           {"detection", "CoRS"},
                                                                           {"generated", "CoSG"},
                                                                           {"strata", "Strata"},
                                                                           {"tracing", "Source tracing"},
                                                                           {"embeddings", "Embeddings"},
                                                                           {"scores", "Scores"},
                                                                           {"training", "Training"},
                                                                           {"time", "Time"},
                                                                           {"failures", "Failures"},
                                                                           {"weights", "Weights"},
                                                                           {"sources", "Sources"}}};
  std::string html = "<nav>";
  for (const auto& [id, words] : places) html += fmt::format("<a href=\"#{}\">{}</a>", id, words);
  return html + "</nav>\n";
}

std::string detection_section(const Study& study, const std::vector<Figure>& figures) {
  const std::string none = "No scores yet: the graph has not come to scoring, or asks for none.";
  const std::string title = "Detecting re-synthesised speech (CoRS)";
  if (study.detection.models.empty())
    return section("detection", title, "Equal error rates (EER) of the detectors.", missing(none));
  return section(
      "detection", title,
      "Equal error rate (EER) in %: low is good, 50 is guessing. A row is a detector trained on one codec, a column "
      "the codec it is "
      "tested on (paper Figure 8). Rest the pointer on a cell for its 95 % bootstrap interval.",
      figure_or(figures, "eer_matrix.svg", "No codec's speech was scored.") + csv_note("eer.csv") +
          table_or(model_table(study.detection), none) +
          caption("Table II: the codecs, their taxonomy, and the mean EER of each one's detector on re-synthesised "
                  "(CR-EER) and "
                  "generated speech (SG-EER)") +
          table_or(codec_eer_table(study), none));
}

std::string generated_section(const Study& study, const std::vector<Figure>& figures) {
  const std::string none = "This run scored no speech of codec-based generators.";
  const std::string title = "Detecting generated speech (CoSG)";
  const std::string what =
      "EER of each detector on the speech of codec-based generation systems, each against the bona fide speech of its "
      "own set "
      "(paper Figure 6). Framed: the generator uses the codec that the detector was trained on.";
  if (study.detection.generator_tests.empty()) return section("generated", title, what, missing(none));
  return section(
      "generated", title, what,
      figure_or(figures, "eer_matrix_cosg.svg", none) +
          caption("Table V (a): baselines, the detector of the generator's own codec, and the two best of other "
                  "codecs; EER, %") +
          table_or(best_table(study.detection), none) +
          caption("Table V (b): every detector on " + labelled(case_of(study.detection)) + ", the best first") +
          table_or(case_table(study.detection), none));
}

std::string strata_section(const Study& study) {
  return section("strata", "Classes of codecs",
                 "Table VI: the test sets of a class are collected and get one EER at one threshold; then the mean "
                 "over the detectors that were "
                 "trained on codecs of a class. UTMOS 3.0+ and 3.5+: only spoofed utterances that sound at least so "
                 "natural, all bona fide "
                 "ones.",
                 table_or(stratified_table(study.detection), "No scores of codecs whose classes are known.") +
                     fmt::format("<p class=\"files\">Each detector by family and class, with intervals and the error "
                                 "at its one threshold: {}</p>\n",
                                 link("strata.csv", "strata.csv")));
}

std::string tracing_section(const Study& study, const std::vector<Figure>& figures) {
  const std::string none =
      "No detector of this run traces sources: train one with tasks beside the detection, e.g. detector: aasist_l_m1.";
  const std::string title = "Source tracing";
  const std::string what =
      "What detectors with further tasks say of the codec behind an utterance: its quantizer, auxiliary objective and "
      "decoder. Bona fide speech is a class of its own in each of these tasks. An utterance counts for its likeliest "
      "class.";
  if (study.tracing.empty()) return section("tracing", title, what, missing(none));
  return section("tracing", title, what,
                 figure_or(figures, "tracing.svg", none) + table_or(tracing_table(study.tracing), none) +
                     caption("What each codec's and generator's speech is taken for") +
                     figure_or(figures, "tracing_sets.svg", none) +
                     fmt::format("<p class=\"files\">Counts of all matrices: {}</p>\n",
                                 link("tracing_confusion.csv", "tracing_confusion.csv")));
}

std::string embedding_section(const Study& study, const std::vector<Figure>& figures) {
  std::string files;
  for (const auto& map : study.embeddings.maps) {
    for (const auto& file : map.files) files += (files.empty() ? "" : ", ") + escape(file);
  }
  return section(
      "embeddings", "Embeddings",
      "t-SNE maps of what detectors make of bona fide and spoofed speech (paper Figure 7): the less the colours "
      "overlap, the "
      "better they are told apart. Distances between far groups and axes mean nothing.",
      figure_or(figures, "embeddings.svg", "No embeddings yet: a score node writes them.") +
          (files.empty() ? "" : csv_note("embeddings.csv") + fmt::format("<p class=\"files\">From {}</p>\n", files)));
}

std::string source_row(const std::string& what, const std::string& where) {
  return fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", what, where);
}

std::string footer(const std::string& run_link) {
  const metrics::BootstrapSettings bootstrap;
  const auto file = [&](const std::string& path) { return link(run_link + "/" + path, path); };
  return "<footer id=\"sources\">\n<h2>Where each number comes from</h2>\n<table>\n" +
         source_row("What was run, every setting", file("graph.yaml")) +
         source_row("Utterances, hours, SNR, clipped samples",
                    file("shards") +
                        ": data sets and attributes of each <code>.h5</code>; SNR and clipping "
                        "stand under <code>measures/</code>") +
         source_row("Letters, families, bit rates",
                    "the codec's card, <code>graphs/codecs/NAME.yaml</code> of the source; <code>cfo-inspect codec "
                    "NAME</code>") +
         source_row("UTMOS",
                    file("shards") + ": <code>measures/utmos</code>, written by the quality node (utmos22_strong)") +
         source_row("Generators", "<code>graphs/generators.yaml</code> of the source, after paper Table III") +
         source_row(
             "EER (model, test)",
             file("scores") +
                 ": <code>MODEL/TEST.txt</code> against <code>MODEL/bonafide.txt</code>, unless the test set has bona "
                 "fide speech of its own; <a href=\"eer.csv\">eer.csv</a> names the file of each") +
         source_row("95 % intervals",
                    fmt::format("bootstrap over utterances, {} draws, seed {}: the same scores give the same interval",
                                bootstrap.draws, bootstrap.seed)) +
         source_row("Minimum t-DCF",
                    file("asv") +
                        ": <code>TEST.txt</code>, ASVspoof 2019's scores of a speaker verification system, where "
                        "that is there; costs of 2019") +
         source_row("Source tracing",
                    file("predictions") +
                        ": <code>MODEL/TEST.txt</code>, a line an utterance and task; <a "
                        "href=\"tracing.csv\">tracing.csv</a> names the files of each number; the codecs of a training "
                        "stand in <code>models/MODEL/model.yaml</code>") +
         source_row("t-SNE maps",
                    file("embeddings") +
                        ": <code>MODEL/TEST.h5</code>; the points in <a href=\"embeddings.csv\">embeddings.csv</a>") +
         source_row("Training curves", file("models") + ": <code>MODEL/log.csv</code>") +
         source_row("Working time, throughput, digests of all files", file("ledger") + ": one JSON line a unit") +
         source_row("Time by node", file("metrics.tsv")) + source_row("Failed items", file("failures.tsv")) +
         "</table>\n</footer>\n";
}

}  // namespace

std::string write_page(const Study& study, const std::vector<Figure>& figures, const std::string& run_link) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n"
      "<title>{} – CFO report</title>\n<style>{}</style>\n</head>\n<body>\n",
      escape(study.name), style_sheet);
  html += head(study) + navigation() + remarks(study) + facts(study, run_link);
  html +=
      section("data", "Data",
              std::string("What the shards hold, by split.") +
                  (study.data.speakers_disjoint ? " No speaker is in two splits." : ""),
              table_or(split_table(study.data), "No shards yet.") +
                  caption("Table I: how many codecs and generators, beside earlier data sets") +
                  table_or(dataset_table(study), "") + caption("Table IV: what one detector is trained and tested on") +
                  table_or(statistics_table(study.data), "No shards of spoofed speech yet."));
  html += section(
      "codecs", "Codecs",
      "Q, A and D are the paper's taxonomy: quantizer, auxiliary objective and decoder. Press a heading to sort.",
      table_or(codec_table(study.data), "No shards yet."));
  html += section("generators", "Generators",
                  "Table III: codec-based speech generation systems (CoSG) that detectors were tested on.",
                  table_or(generator_table(study), "This run scored no speech of codec-based generators."));
  html += section("quality", "Quality",
                  "Naturalness as listeners would score it (UTMOS, 1 to 5; paper Figure 5), mean and standard "
                  "deviation. The dashed line is "
                  "bona fide speech.",
                  figure_or(figures, "quality.svg",
                            "No UTMOS yet: put a quality node before write_shards, with measures: [utmos]."));
  html += detection_section(study, figures) + generated_section(study, figures) + strata_section(study) +
          tracing_section(study, figures) + embedding_section(study, figures);
  html += section("scores", "Scores",
                  "How often a score occurs, in % of the utterances of its kind. The dotted line is the threshold at "
                  "the EER on the detector's own codec.",
                  figure_or(figures, "scores.svg", "No scores yet."));
  html += section("training", "Training", "By epoch. The kept weights are those with the least validation EER.",
                  figure_or(figures, "training.svg", "No detector has been trained yet."));
  html += section("time", "Time", "Where the computing went, all units together.",
                  table_or(node_table(study.logs.nodes), "No node has been timed yet."));
  html += section("failures", "Failures", "Items that could not be processed; the run went on without them.",
                  table_or(failure_table(study.logs.failures), "None."));
  html += section("weights", "Weights",
                  "Published files and fitted tables that the numbers were made with, as the run noted them.",
                  table_or(weights_table(study), "This run used no weights, or noted none."));
  html += footer(run_link);
  return html + fmt::format("<script>{}</script>\n</body>\n</html>\n", sorting_script);
}

}  // namespace cfo::report
