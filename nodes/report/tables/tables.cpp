#include "nodes/report/tables/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nodes/report/tables/text.h"

namespace cfo::report {
namespace {

Cell known_count(int64_t count) { return count > 0 ? count_cell(static_cast<uint64_t>(count)) : no_cell(); }

Cell known_number(double value, int decimals) {
  return value > 0 ? number_cell(value, fmt::format("{:.{}f}", value, decimals)) : no_cell();
}

Cell hours_cell(double seconds) { return number_cell(seconds / 3600, fmt::format("{:.2f}", seconds / 3600)); }

/// Mean and deviation in one cell; the deviation and the count are for the CSV only.
std::vector<Cell> moments_cells(const Moments& moments, int decimals) {
  if (moments.count() == 0) return {no_cell(), no_cell(), count_cell(0)};
  return {{fmt::format("{:.{}f} <span class=\"sd\">± {:.{}f}</span>", moments.mean(), decimals, moments.deviation(),
                       decimals),
           csv_number(moments.mean())},
          number_cell(moments.deviation(), ""),
          count_cell(moments.count())};
}

std::vector<Cell> identity_cells(const CodecFacts& codec) {
  return {text_cell(codec.letter),
          {escape(labelled(codec.name)), codec.name},
          text_cell(codec.title.empty() ? codec.family : codec.title),
          text_cell(codec.family),
          text_cell(codec.quantizer),
          text_cell(codec.auxiliary),
          text_cell(codec.decoder)};
}

Cell codebooks_cell(const CodecFacts& codec) {
  if (codec.codebooks <= 0) return no_cell();
  const auto count = static_cast<uint64_t>(codec.codebooks), size = static_cast<uint64_t>(codec.codebook_size);
  return {grouped(count) + (size > 0 ? " × " + grouped(size) : ""), std::to_string(count)};
}

std::vector<Cell> rate_cells(const CodecFacts& codec) {
  const double kilohertz = static_cast<double>(codec.sample_rate) / 1000;
  return {codec.sample_rate > 0 ? Cell{fmt::format("{:g}", kilohertz), std::to_string(codec.sample_rate)} : no_cell(),
          codec.frame_rate > 0 ? number_cell(codec.frame_rate, fmt::format("{:.4g}", codec.frame_rate)) : no_cell(),
          codebooks_cell(codec), known_count(codec.codebook_size), known_number(codec.bitrate_kbps, 2)};
}

std::vector<Cell> content_cells(const CodecFacts& codec) {
  std::vector<Cell> cells{count_cell(codec.utterances), hours_cell(codec.seconds)};
  for (auto& cell : moments_cells(codec.snr_db, 1)) cells.push_back(std::move(cell));
  for (auto& cell : moments_cells(codec.utmos, 2)) cells.push_back(std::move(cell));
  cells.push_back(codec.clipped_samples ? count_cell(static_cast<uint64_t>(*codec.clipped_samples)) : no_cell());
  cells.push_back(digest_cell(codec.weights_digest));
  return cells;
}

Cell eer_cell(const EqualErrorRate& eer) {
  return {fmt::format("{} <span class=\"sd\">{}–{}</span>", percent(eer.value, 2), percent(eer.low, 2),
                      percent(eer.high, 2)),
          csv_number(eer.value * 100)};
}

/// A cell with its number and a bar of `share` (0 to 1) of the cell's width.
Cell bar_cell(double value, const std::string& text, double share) {
  if (!std::isfinite(value)) return no_cell();
  return {fmt::format("<span class=\"bar\" style=\"--share:{:.1f}%\">{}</span>", std::clamp(share, 0.0, 1.0) * 100,
                      escape(text)),
          csv_number(value)};
}

/// EER with its interval as three cells, the last two for the CSV only.
std::vector<Cell> eer_cells(const std::optional<EqualErrorRate>& eer) {
  if (!eer) return {no_cell(), no_cell(), no_cell()};
  return {eer_cell(*eer), percent_cell(eer->low), percent_cell(eer->high)};
}

Cell extreme_cell(const std::string& test, double eer) {
  return {fmt::format("{} <span class=\"sd\">{}</span>", escape(brief_label(test)), percent(eer, 2)), test};
}

}  // namespace

Table split_table(const DataSet& data) {
  Table table{"splits.csv",
              {{"split", "Split", false, ""},
               {"speakers", "Speakers", true, ""},
               {"bona_fide_utterances", "Bona fide", true, "utterances"},
               {"bona_fide_hours", "Hours", true, "of bona fide speech"},
               {"spoofed_utterances", "Spoofed", true, "utterances, all codecs and generators together"},
               {"spoofed_hours", "Hours", true, "of spoofed speech"}},
              {}};
  for (const auto& split : data.splits) {
    table.rows.push_back({text_cell(split.split), count_cell(split.speakers), count_cell(split.bona_fide),
                          hours_cell(split.bona_fide_seconds), count_cell(split.spoofed),
                          hours_cell(split.spoofed_seconds)});
  }
  return table;
}

Table codec_table(const DataSet& data) {
  Table table{
      "codecs.csv",
      {{"letter", "", false, ""},
       {"codec", "Codec", false, "with the paper's letter where it has one"},
       {"title", "Family", false, ""},
       {"family", "", false, ""},
       {"quantizer", "Q", false, "quantizer: MVQ several codebooks, SVQ one, SQ scalar"},
       {"auxiliary", "A", false, "auxiliary objective: none, semantic (SEM) or disentangling (Disent)"},
       {"decoder", "D", false, "decoder: waveform in time, or spectrum in frequency"},
       {"sample_rate_hz", "kHz", true, "sample rate of the codec"},
       {"frame_rate_hz", "Frames/s", true, ""},
       {"codebooks", "Codebooks", true, "number of codebooks × entries of each"},
       {"codebook_size", "", true, ""},
       {"bitrate_kbps", "kbit/s", true, ""},
       {"utterances", "Utterances", true, ""},
       {"hours", "Hours", true, "of speech in the shards"},
       {"snr_db_mean", "SNR, dB", true, "signal-to-noise ratio against the codec's input: mean ± standard deviation"},
       {"snr_db_deviation", "", true, ""},
       {"snr_utterances", "", true, ""},
       {"utmos_mean", "UTMOS", true, "naturalness as listeners would score it, 1 to 5: mean ± standard deviation"},
       {"utmos_deviation", "", true, ""},
       {"utmos_utterances", "", true, ""},
       {"clipped_samples", "Clipped", true, "samples beyond full scale, clipped when stored"},
       {"weights_sha256", "Weights", false, "first digits of the SHA-256 of its weight files or fitted tables"}},
      {}};
  for (const auto& codec : data.codecs) {
    std::vector<Cell> row = identity_cells(codec);
    for (auto& cell : rate_cells(codec)) row.push_back(std::move(cell));
    for (auto& cell : content_cells(codec)) row.push_back(std::move(cell));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table model_table(const Detection& detection) {
  Table table{"models.csv",
              {{"model", "Trained on", false, ""},
               {"own_eer_percent", "Own codec, %", true,
                "EER on the codec it was trained on, with its 95 % bootstrap interval"},
               {"own_low_percent", "", true, ""},
               {"own_high_percent", "", true, ""},
               {"mean_eer_percent", "CR-EER, %", true, "mean of the EERs on re-synthesised speech of every codec"},
               {"mean_of_others_percent", "Others, %", true, "the same mean without its own codec"},
               {"generated_mean_percent", "SG-EER, %", true, "mean of the EERs on speech of every generator"},
               {"pooled_eer_percent", "Pooled, %", true,
                "EER of all re-synthesised speech together at one threshold, with its 95 % interval"},
               {"pooled_low_percent", "", true, ""},
               {"pooled_high_percent", "", true, ""},
               {"best_test", "Easiest", false, "test set with the least EER, and that EER in %"},
               {"worst_test", "Hardest", false, "test set with the greatest EER, and that EER in %"},
               {"tests", "Tests", true, "test sets scored"}},
              {}};
  for (const auto& model : detection.models) {
    std::vector<Cell> row{{escape(labelled(model.model)), model.model}};
    for (auto& cell : eer_cells(model.own)) row.push_back(std::move(cell));
    row.push_back(model.mean ? bar_cell(*model.mean * 100, percent(*model.mean, 2), *model.mean / 0.5) : no_cell());
    row.push_back(percent_cell(model.mean_of_others));
    row.push_back(percent_cell(model.generated_mean));
    for (auto& cell : eer_cells(model.pooled)) row.push_back(std::move(cell));
    row.push_back(extreme_cell(model.best, model.best_eer));
    row.push_back(extreme_cell(model.worst, model.worst_eer));
    row.push_back(count_cell(model.tests));
    table.rows.push_back(std::move(row));
  }
  return table;
}

namespace {

std::vector<Cell> eer_row(const EerCell& cell) {
  const auto& eer = cell.eer;
  return {text_cell(cell.model),
          text_cell(cell.test),
          percent_cell(eer.value),
          percent_cell(eer.low),
          percent_cell(eer.high),
          number_cell(eer.threshold, fmt::format("{:.4g}", eer.threshold)),
          count_cell(eer.bona_fide),
          count_cell(eer.spoofed),
          cell.min_tdcf ? number_cell(*cell.min_tdcf, fmt::format("{:.4f}", *cell.min_tdcf)) : no_cell(),
          text_cell(cell.file)};
}

}  // namespace

Table eer_table(const Detection& detection) {
  Table table{"eer.csv",
              {{"model", "Trained on", false, ""},
               {"test", "Tested on", false, ""},
               {"eer_percent", "EER, %", true, ""},
               {"low_percent", "Low, %", true, "lower end of the 95 % bootstrap interval"},
               {"high_percent", "High, %", true, "upper end of the 95 % bootstrap interval"},
               {"threshold", "Threshold", true, "score at the EER"},
               {"bona_fide", "Bona fide", true, ""},
               {"spoofed", "Spoofed", true, ""},
               {"min_tdcf", "min t-DCF", true,
                "minimum tandem detection cost of 2019, where scores of a speaker verification system are there"},
               {"scores", "Scores", false, "file in the run folder"}},
              {}};
  for (const auto& model : detection.models) {
    for (const auto* tests : {&detection.codec_tests, &detection.generator_tests}) {
      for (const auto& test : *tests) {
        if (const auto* const cell = detection.find(model.model, test)) table.rows.push_back(eer_row(*cell));
      }
    }
  }
  return table;
}

Table embedding_table(const EmbeddingMaps& maps) {
  Table table{"embeddings.csv",
              {{"model", "Trained on", false, ""},
               {"test", "Tested on", false, ""},
               {"utterance_id", "Utterance", false, ""},
               {"label", "Label", false, ""},
               {"x", "x", true, ""},
               {"y", "y", true, ""}},
              {}};
  for (const auto& map : maps.maps) {
    for (const auto& utterance : map.utterances) {
      table.rows.push_back({text_cell(map.model), text_cell(map.test), text_cell(utterance.utterance_id),
                            text_cell(utterance.bona_fide ? "bonafide" : "spoof"), number_cell(utterance.x, ""),
                            number_cell(utterance.y, "")});
    }
  }
  return table;
}

Table node_table(const std::vector<storage::NodeMetrics>& nodes) {
  Table table{"nodes.csv",
              {{"node", "Node", false, ""},
               {"items", "Items", true, ""},
               {"batches", "Batches", true, ""},
               {"busy_s", "Busy", true, "time in the node's body, summed over threads"},
               {"busy_share", "Share", true, "of the busy time of all nodes"},
               {"items_per_busy_s", "Items/s", true, "items a second of busy time"},
               {"wait_s", "Waited", true, "time that items waited for the node, summed"},
               {"queue_max", "Longest queue", true, "most items waiting at once"}},
              {}};
  double busy = 0;
  for (const auto& node : nodes) busy += node.busy_seconds;
  for (const auto& node : nodes) {
    const double share = busy > 0 ? node.busy_seconds / busy : 0;
    const double rate = static_cast<double>(node.items) / node.busy_seconds;
    table.rows.push_back({text_cell(node.node), count_cell(node.items), count_cell(node.batches),
                          number_cell(node.busy_seconds, duration(node.busy_seconds)),
                          bar_cell(share, percent(share, 1) + " %", share),
                          number_cell(rate, fmt::format("{:.3g}", rate)),
                          number_cell(node.wait_seconds, duration(node.wait_seconds)), count_cell(node.queue_most)});
  }
  return table;
}

Table failure_table(const std::vector<storage::ItemLine>& failures) {
  struct Group {
    uint64_t count = 0;
    std::string example;
  };
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (const auto& failure : failures) {
    Group& group = groups[{failure.node, failure.text}];
    if (group.count++ == 0) group.example = failure.item;
  }
  std::vector<std::pair<std::pair<std::string, std::string>, Group>> sorted(groups.begin(), groups.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  Table table{"",
              {{"node", "Node", false, ""},
               {"reason", "Reason", false, ""},
               {"items", "Items", true, ""},
               {"example", "Such as", false, ""}},
              {}};
  for (const auto& [key, group] : sorted) {
    table.rows.push_back(
        {text_cell(key.first), text_cell(key.second), count_cell(group.count), text_cell(group.example)});
  }
  return table;
}

}  // namespace cfo::report
