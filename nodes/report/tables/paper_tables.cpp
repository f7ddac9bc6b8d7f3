#include "nodes/report/tables/paper_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nodes/report/gather/generators.h"
#include "nodes/report/tables/text.h"

namespace cfo::report {
namespace {

/// The baselines' training speech is neither re-synthesised by a codec nor a generator's test set.
bool is_of_baseline(const CodecFacts& facts) { return !baseline_label(facts.name).empty(); }

bool is_codec(const CodecFacts& facts) {
  return !facts.is_bona_fide() && !is_of_baseline(facts) && find_generator(facts.name) == nullptr;
}

std::string family_of(const std::string& codec) { return class_of(codec, "family"); }

/// Codecs with speech or a detector, in the order of the report.
std::vector<std::string> codecs_of(const Study& study) {
  std::set<std::string> names;
  for (const auto& codec : study.data.codecs) {
    if (is_codec(codec)) names.insert(codec.name);
  }
  for (const auto& model : study.detection.models) {
    if (model.of_one_codec && baseline_label(model.model).empty()) names.insert(model.model);
  }
  return in_report_order({names.begin(), names.end()});
}

/// Generators with speech or scores, in the paper's order.
std::vector<std::string> generators_of(const Study& study) {
  std::set<std::string> names(study.detection.generator_tests.begin(), study.detection.generator_tests.end());
  for (const auto& set : study.data.codecs) {
    if (find_generator(set.name) != nullptr) names.insert(set.name);
  }
  return in_report_order({names.begin(), names.end()});
}

std::size_t families_among(const std::vector<std::string>& names) {
  std::set<std::string> families;
  for (const auto& name : names) families.insert(family_of(name));
  return families.size();
}

const ModelResult* find_model(const Detection& detection, const std::string& name) {
  const auto found =
      std::find_if(detection.models.begin(), detection.models.end(), [&](const auto& m) { return m.model == name; });
  return found == detection.models.end() ? nullptr : &*found;
}

std::vector<Cell> mean_cells(const ModelResult* model) {
  if (model == nullptr) return {no_cell(), no_cell()};
  return {percent_cell(model->mean), percent_cell(model->generated_mean)};
}

std::vector<Cell> joined(std::vector<Cell> cells, std::vector<Cell> more) {
  std::move(more.begin(), more.end(), std::back_inserter(cells));
  return cells;
}

/// A model with its EER in the page, two cells in the CSV.
std::vector<Cell> model_cells(const EerCell* cell) {
  if (cell == nullptr) return {no_cell(), no_cell()};
  return {
      {fmt::format("{} <span class=\"sd\">{}</span>", percent(cell->eer.value, 2), escape(brief_label(cell->model))),
       cell->model},
      percent_cell(cell->eer.value)};
}

Cell eer_or_none(const EerCell* cell) { return cell == nullptr ? no_cell() : percent_cell(cell->eer.value); }

/// The detectors' cells on a test set, the least EER first; only those that `takes` says.
template <typename Takes>
std::vector<const EerCell*> ranked(const Detection& detection, const std::string& test, const Takes& takes) {
  std::vector<const EerCell*> cells;
  for (const auto& model : detection.models) {
    const auto* const cell = detection.find(model.model, test);
    if (cell != nullptr && model.of_one_codec && takes(model.model)) cells.push_back(cell);
  }
  std::stable_sort(cells.begin(), cells.end(),
                   [](const auto* a, const auto* b) { return a->eer.value < b->eer.value; });
  return cells;
}

std::string quality_text(double least_quality) {
  return least_quality > 0 ? fmt::format("{:.1f}+", least_quality) : "all";
}

std::string sort_text(bool generated) { return generated ? "CoSG" : "CoRS"; }

}  // namespace

Table dataset_table(const Study& study) {
  const auto codecs = codecs_of(study), generators = generators_of(study);
  Table table{"table_1_datasets.csv",
              {{"dataset", "Data set", false, ""},
               {"cors_codecs", "(A) CoRS codecs", true, "codec models that re-synthesised speech is of"},
               {"cosg_models", "(B) CoSG models", true, "generators that speech is of"},
               {"cors_types", "(C) codec types", true, "codec families among (A)"},
               {"cosg_types", "(D) codec types", true, "codec families behind (B)"},
               {"source", "From", false, ""}},
              {}};
  table.rows.push_back({text_cell(study.name + " (this run)"), count_cell(codecs.size()), count_cell(generators.size()),
                        count_cell(families_among(codecs)), count_cell(families_among(generators)),
                        text_cell("shards and scores of the run")});
  table.rows.push_back({text_cell("CodecFake-Omni"), count_cell(31), count_cell(17), count_cell(21), count_cell(9),
                        text_cell("paper, sections II and IV")});
  table.rows.push_back({text_cell("CodecFake (Wu et al. 2024)"), count_cell(6), count_cell(3), no_cell(), no_cell(),
                        text_cell("paper, section III")});
  return table;
}

Table codec_eer_table(const Study& study) {
  Table table{
      "table_2_codecs.csv",
      {{"letter", "", false, ""},
       {"codec", "Codec", false, "with the paper's letter where it has one"},
       {"family", "Family", false, ""},
       {"quantizer", "Quantizer", false, "MVQ several codebooks, SVQ one, SQ scalar"},
       {"auxiliary", "Auxiliary", false, "auxiliary objective: none, semantic (SEM) or disentangling (Disent)"},
       {"decoder", "Decoder", false, "waveform in time, or spectrum in frequency"},
       {"sample_rate_hz", "kHz", true, ""},
       {"bitrate_kbps", "kbit/s", true, ""},
       {"cr_eer_percent", "CR-EER, %", true, "mean EER of its detector on re-synthesised speech of every codec"},
       {"sg_eer_percent", "SG-EER, %", true, "mean EER of its detector on speech of every generator"}},
      {}};
  for (const auto& name : codecs_of(study)) {
    const auto facts = card_facts(name);
    const auto made = std::find_if(study.data.codecs.begin(), study.data.codecs.end(),
                                   [&](const auto& codec) { return codec.name == name; });
    const auto& known = made == study.data.codecs.end() ? facts : *made;
    const double kilohertz = static_cast<double>(known.sample_rate) / 1000;
    table.rows.push_back(joined(
        {text_cell(known.letter),
         {escape(labelled(name)), name},
         text_cell(known.title.empty() ? known.family : known.title),
         text_cell(known.quantizer),
         text_cell(known.auxiliary),
         text_cell(known.decoder),
         known.sample_rate > 0 ? Cell{fmt::format("{:g}", kilohertz), std::to_string(known.sample_rate)} : no_cell(),
         known.bitrate_kbps > 0 ? number_cell(known.bitrate_kbps, fmt::format("{:.2f}", known.bitrate_kbps))
                                : no_cell()},
        mean_cells(find_model(study.detection, name))));
  }
  return table;
}

Table generator_table(const Study& study) {
  Table table{"table_3_generators.csv",
              {{"generator", "CoSG model", false, ""},
               {"codec", "Codec", false, ""},
               {"quantizer", "Quantizer", false, ""},
               {"auxiliary", "Auxiliary", false, ""},
               {"decoder", "Decoder", false, ""},
               {"source", "Source", false, ""},
               {"published_utterances", "Paper", true, "utterances in the paper, bona fide ones included"},
               {"bona_fide", "Bona fide", true, "utterances scored in this run"},
               {"spoofed", "Spoofed", true, "utterances scored in this run"}},
              {}};
  for (const auto& name : generators_of(study)) {
    uint64_t bona_fide = 0, spoofed = 0;  // of the detector that was tested on most
    for (const auto& model : study.detection.models) {
      const auto* const cell = study.detection.find(model.model, name);
      bona_fide = std::max(bona_fide, cell == nullptr ? 0 : cell->eer.bona_fide);
      spoofed = std::max(spoofed, cell == nullptr ? 0 : cell->eer.spoofed);
    }
    const GeneratorFacts unknown{};
    const auto* const found = find_generator(name);
    const auto& facts = found == nullptr ? unknown : *found;
    table.rows.push_back({{escape(labelled(name)), name},
                          text_cell(facts.codec),
                          text_cell(facts.quantizer),
                          text_cell(facts.auxiliary),
                          text_cell(facts.decoder),
                          text_cell(facts.source),
                          found == nullptr ? no_cell() : count_cell(static_cast<uint64_t>(facts.published_utterances)),
                          bona_fide > 0 ? count_cell(bona_fide) : no_cell(),
                          spoofed > 0 ? count_cell(spoofed) : no_cell()});
  }
  return table;
}

Table statistics_table(const DataSet& data) {
  Table table{"table_4_statistics.csv",
              {{"source", "Data source", false, ""},
               {"sets", "Sets", true, "codecs or generators"},
               {"split", "Split", false, ""},
               {"bona_fide", "Bona fide", true, "utterances"},
               {"spoofed_per_set", "Spoofed, one set", true, "utterances of the largest set"},
               {"utterances_per_set", "One set", true, "both: what the paper counts"},
               {"speakers", "Speakers", true, ""}},
              {}};
  for (const auto& split : data.splits) {
    for (const bool generated : {false, true}) {
      uint64_t sets = 0, largest = 0, bona_fide = 0;
      for (const auto& codec : data.codecs) {
        const auto count = codec.by_split.find(split.split);
        if (count == codec.by_split.end()) continue;
        if (codec.is_bona_fide()) {
          bona_fide = count->second;
        } else if (!is_of_baseline(codec) && is_codec(codec) != generated) {
          ++sets;
          largest = std::max(largest, count->second);
        }
      }
      if (sets == 0) continue;
      const uint64_t own = generated ? 0 : bona_fide;
      table.rows.push_back({text_cell(generated ? "CoSG speech" : "CoRS speech"), count_cell(sets),
                            text_cell(split.split), count_cell(own), count_cell(largest), count_cell(own + largest),
                            generated ? no_cell() : count_cell(split.speakers)});
    }
  }
  return table;
}

Table best_table(const Detection& detection) {
  Table table{"table_5_best.csv",
              {{"generator", "CoSG model", false, ""},
               {"codec", "Codec", false, ""},
               {"bl1_percent", "BL1, %", true, "detector trained on ASVspoof 2019 LA"},
               {"bl2_percent", "BL2, %", true, "detector trained on MaskGCT's speech"},
               {"corresponding_model", "Corr., %", true,
                "detector of the generator's own codec, the best where there are several"},
               {"corresponding_percent", "", true, ""},
               {"top1_model", "Top-1, %", true, "best detector of another codec"},
               {"top1_percent", "", true, ""},
               {"top2_model", "Top-2, %", true, "second best detector of another codec"},
               {"top2_percent", "", true, ""}},
              {}};
  for (const auto& test : detection.generator_tests) {
    const auto* const facts = find_generator(test);
    const auto corresponds = [&](const std::string& model) {
      return facts != nullptr && std::find(facts->like.begin(), facts->like.end(), model) != facts->like.end();
    };
    const auto own = ranked(detection, test, corresponds);
    const auto others = ranked(detection, test, [&](const std::string& model) {
      return !corresponds(model) && baseline_label(model).empty();
    });
    std::vector<Cell> row{{escape(labelled(test)), test},
                          text_cell(facts == nullptr ? "" : facts->codec),
                          eer_or_none(detection.find("asvspoof2019", test)),
                          eer_or_none(detection.find("maskgct", test))};
    row = joined(std::move(row), model_cells(own.empty() ? nullptr : own.front()));
    row = joined(std::move(row), model_cells(others.empty() ? nullptr : others.front()));
    table.rows.push_back(joined(std::move(row), model_cells(others.size() < 2 ? nullptr : others[1])));
  }
  return table;
}

Table case_table(const Detection& detection) {
  Table table{"table_5_case.csv",
              {{"model", "Trained on", false, ""},
               {"quantizer", "Quantizer", false, ""},
               {"auxiliary", "Auxiliary", false, ""},
               {"decoder", "Decoder", false, ""},
               {"generator", "Tested on", false, ""},
               {"eer_percent", "EER, %", true, ""},
               {"low_percent", "Low, %", true, "lower end of the 95 % bootstrap interval"},
               {"high_percent", "High, %", true, "upper end of the 95 % bootstrap interval"}},
              {}};
  const auto test = case_of(detection);
  for (const auto* const cell : ranked(detection, test, [](const std::string&) { return true; })) {
    table.rows.push_back({{escape(labelled(cell->model)), cell->model},
                          text_cell(class_of(cell->model, "quantizer")),
                          text_cell(class_of(cell->model, "auxiliary")),
                          text_cell(class_of(cell->model, "decoder")),
                          {escape(labelled(test)), test},
                          percent_cell(cell->eer.value),
                          percent_cell(cell->eer.low),
                          percent_cell(cell->eer.high)});
  }
  return table;
}

Table stratified_table(const Detection& detection) {
  Table table{
      "table_6_strata.csv",
      {{"set", "Tested on", false, "CoRS: re-synthesised by codecs; CoSG: of generators"},
       {"least_utmos", "UTMOS", false, "spoofed speech of at least this score only"},
       {"attribute", "Attribute", false, ""},
       {"train_class", "Trained on", false, "class of the detectors' codecs"},
       {"test_class", "Class tested", false, "class of the test sets, collected: one threshold for all of them"},
       {"eer_percent", "EER, %", true, "mean over the detectors"},
       {"models", "Detectors", true, ""},
       {"bona_fide", "Bona fide", true, "utterances of each detector's test"},
       {"spoofed", "Spoofed", true, "utterances of each detector's test"}},
      {}};
  for (const auto& mean : stratum_means(detection.strata)) {
    table.rows.push_back({text_cell(sort_text(mean.generated)), text_cell(quality_text(mean.least_quality)),
                          text_cell(mean.attribute), text_cell(mean.train_group), text_cell(mean.test_group),
                          percent_cell(mean.mean), count_cell(mean.models), count_cell(mean.bona_fide),
                          count_cell(mean.spoofed)});
  }
  return table;
}

Table strata_table(const Detection& detection) {
  Table table{
      "strata.csv",
      {{"model", "Trained on", false, ""},
       {"set", "Tested on", false, ""},
       {"least_utmos", "UTMOS", false, ""},
       {"attribute", "Attribute", false, ""},
       {"class", "Class", false, ""},
       {"eer_percent", "EER, %", true, ""},
       {"low_percent", "Low, %", true, ""},
       {"high_percent", "High, %", true, ""},
       {"threshold", "Threshold", true, ""},
       {"half_total_percent", "HTER, %", true, "(FRR + FAR) / 2 at the detector's one threshold over all classes"},
       {"tests", "Tests", true, ""},
       {"bona_fide", "Bona fide", true, ""},
       {"spoofed", "Spoofed", true, ""}},
      {}};
  for (const auto& stratum : detection.strata) {
    const auto& eer = stratum.eer;
    table.rows.push_back({text_cell(stratum.model), text_cell(sort_text(stratum.generated)),
                          text_cell(quality_text(stratum.least_quality)), text_cell(stratum.attribute),
                          text_cell(stratum.group), percent_cell(eer.value), percent_cell(eer.low),
                          percent_cell(eer.high), number_cell(eer.threshold, fmt::format("{:.4g}", eer.threshold)),
                          percent_cell(stratum.half_total), count_cell(stratum.tests), count_cell(eer.bona_fide),
                          count_cell(eer.spoofed)});
  }
  return table;
}

}  // namespace cfo::report
