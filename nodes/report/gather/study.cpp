#include "nodes/report/gather/study.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/error.h"
#include "nodes/networks/codecs/card.h"
#include "nodes/report/gather/generators.h"
#include "storage/run_folder/layout.h"

namespace cfo::report {
namespace fs = std::filesystem;
namespace {

std::string name_of(const fs::path& run) {
  const fs::path graph = run / storage::graph_file;
  std::error_code ignored;
  if (fs::is_regular_file(graph, ignored)) {
    try {
      const YAML::Node name = YAML::LoadFile(graph.string())["name"];
      if (name.IsDefined() && name.IsScalar()) return name.as<std::string>();
    } catch (const YAML::Exception&) {
      // A graph that does not parse has no name; the folder's serves.
    }
  }
  return fs::weakly_canonical(run).filename().string();
}

/// Null for a name without a card, and when the cards cannot be read (`card_remarks` tells).
const codecs::Card* find_card(const std::string& name) {
  try {
    const auto& cards = codecs::all_cards();
    const auto found = std::find_if(cards.begin(), cards.end(), [&](const auto& card) { return card.name == name; });
    return found == cards.end() ? nullptr : &*found;
  } catch (const Error&) {
    return nullptr;
  }
}

Remarks card_remarks() {
  try {
    codecs::all_cards();
    return {};
  } catch (const Error& error) {
    return {fmt::format("no codec has a letter or a title here: {}", error.what())};
  }
}

}  // namespace

void Moments::add(double value) {
  // Welford 1962: stable however many numbers come.
  ++count_;
  const double before = value - mean_;
  mean_ += before / static_cast<double>(count_);
  squares_ += before * (value - mean_);
}

double Moments::deviation() const { return count_ > 1 ? std::sqrt(squares_ / static_cast<double>(count_ - 1)) : 0; }

double DataSet::seconds() const {
  double sum = 0;
  for (const auto& split : splits) sum += split.bona_fide_seconds + split.spoofed_seconds;
  return sum;
}

uint64_t DataSet::utterances() const {
  uint64_t sum = 0;
  for (const auto& split : splits) sum += split.bona_fide + split.spoofed;
  return sum;
}

CodecFacts card_facts(const std::string& name) {
  CodecFacts facts;
  facts.name = name;
  if (const auto* const generator = find_generator(name)) {
    facts.title = generator->codec;
    facts.quantizer = generator->quantizer;
    facts.auxiliary = generator->auxiliary;
    facts.decoder = generator->decoder;
    return facts;
  }
  const codecs::Card* card = find_card(name);
  if (card == nullptr) return facts;
  facts.letter = card->letter;
  facts.title = card->title;
  facts.family = card->family;
  facts.quantizer = card->quantizer;
  facts.auxiliary = card->auxiliary;
  facts.decoder = card->decoder;
  facts.sample_rate = card->sample_rate;
  facts.codebooks = card->codebooks;
  facts.codebook_size = card->codebook_size;
  facts.frame_rate = card->frame_rate;
  facts.bitrate_kbps = card->bitrate_kbps;
  return facts;
}

std::string baseline_label(const std::string& model) {
  if (model == "asvspoof2019") return "BL1";
  return model == "maskgct" ? "BL2" : "";
}

std::string labelled(const std::string& name) {
  if (name == "bonafide") return "bona fide";
  if (const auto baseline = baseline_label(name); !baseline.empty()) return baseline + " " + name;
  if (const auto* const generator = find_generator(name)) return generator->title;
  const codecs::Card* card = find_card(name);
  return card == nullptr || card->letter.empty() ? name : card->letter + " " + name;
}

std::string brief_label(const std::string& name) {
  if (const auto baseline = baseline_label(name); !baseline.empty()) return baseline;
  const codecs::Card* card = find_card(name);
  return card == nullptr || card->letter.empty() ? labelled(name) : card->letter;
}

std::vector<std::string> in_report_order(std::vector<std::string> names) {
  const auto key = [](const std::string& name) {
    const codecs::Card* card = find_card(name);
    const std::string letter = card == nullptr ? "" : card->letter;
    const std::string baseline = baseline_label(name);
    const auto* const generator = find_generator(name);
    const auto place = generator == nullptr ? 0 : generator - all_generators().data();
    return std::tuple(baseline.empty(), baseline, name != "bonafide", generator != nullptr, place, letter.empty(),
                      letter, name);
  };
  std::sort(names.begin(), names.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  return names;
}

const EerCell* Detection::find(const std::string& model, const std::string& test) const {
  const auto found = eers.find({model, test});
  return found == eers.end() ? nullptr : &found->second;
}

Study gather(const storage::FinishedFiles& files) {
  const fs::path& run = files.run();
  if (!fs::is_directory(run)) throw Error("{}: no such run folder; give the folder that cfo-run wrote", run.string());
  auto [models, model_remarks] = gather_models(files);
  Study study{run, name_of(run), gather_data(files), {}, gather_logs(files), {}, std::move(models), {}};
  study.detection = gather_detection(files, study.data.quality, study.models);
  study.tracing = gather_tracing(files, study.models);
  for (auto& remark : model_remarks) study.logs.remarks.push_back(std::move(remark));
  study.embeddings = gather_embedding_maps(files, study.detection);
  for (const auto& damage : files.damage())
    study.data.remarks.push_back(damage.sentence + "; it is left out here, and the run's command makes it again");
  for (auto& remark : card_remarks()) study.data.remarks.push_back(std::move(remark));
  return study;
}

std::string case_of(const Detection& detection) {
  const std::string published = "MASKGCT";
  std::string chosen;
  uint64_t most = 0;
  for (const auto& [key, cell] : detection.eers) {
    if (!cell.generated) continue;
    if (cell.test == published) return published;
    if (cell.eer.spoofed + cell.eer.bona_fide > most) {
      most = cell.eer.spoofed + cell.eer.bona_fide;
      chosen = cell.test;
    }
  }
  return chosen;
}

}  // namespace cfo::report
