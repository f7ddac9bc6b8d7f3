// The data set of a run: attributes and measures of every shard.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/error.h"
#include "nodes/report/gather/generators.h"
#include "nodes/report/gather/study.h"
#include "storage/shards/shard.h"

namespace cfo::report {
namespace fs = std::filesystem;
namespace {

constexpr std::array splits_in_order = {"train", "validation", "eval"};

struct SplitCount {
  SplitFacts facts;
  std::set<std::string> speakers;
};

/// UTMOS of a set's own speech and of the bona fide speech that it brings.
struct Naturalness {
  Moments speech, bona_fide;
};

/// Facts of the shard go before the card's: they are what was really made.
CodecFacts facts_of(const storage::ShardAttributes& attributes) {
  CodecFacts facts = card_facts(attributes.codec);
  const auto prefer = [](std::string& known, const std::string& made) {
    if (!made.empty()) known = made;
  };
  prefer(facts.family, attributes.family);
  prefer(facts.quantizer, attributes.quantizer);
  prefer(facts.auxiliary, attributes.auxiliary);
  prefer(facts.decoder, attributes.decoder);
  prefer(facts.weights_digest, attributes.weights_digest);
  if (attributes.codec_sample_rate > 0) facts.sample_rate = attributes.codec_sample_rate;
  return facts;
}

class Tally {
 public:
  /// `file` is the shard's, below the run folder.
  void add(const storage::ShardReader& shard, const std::string& file) {
    const auto& attributes = shard.attributes();
    auto& codec = codecs_.try_emplace(attributes.codec, facts_of(attributes)).first->second;
    if (codec.weights_shard.empty()) codec.weights_shard = file;
    count_codec(shard, codec);
    if (const auto digest = shard.weights_of("utmos"); !digest.empty()) utmos_weights_.emplace(digest, file);
    count_split(shard, splits_[attributes.split]);
    count_quality(shard);
    if (graph_digest_.empty()) graph_digest_ = attributes.graph_digest;
    if (corpus_digest_.empty()) corpus_digest_ = attributes.corpus_digest;
    engine_version_ = std::max(engine_version_, attributes.engine_version);
  }

  DataSet result() && {
    DataSet data;
    data.graph_digest = graph_digest_;
    data.corpus_digest = corpus_digest_;
    data.engine_version = engine_version_;
    data.remarks = shared_speakers();
    data.speakers_disjoint = data.remarks.empty();
    std::vector<std::string> names;
    for (const auto& [name, facts] : codecs_) names.push_back(name);
    for (const auto& name : in_report_order(names)) {
      data.codecs.push_back(codecs_.at(name));
      for (const bool evaluation : {false, true}) {  // the evaluation split goes before the others
        const auto found = naturalness_.find({name, evaluation});
        if (found == naturalness_.end()) continue;
        data.codecs.back().utmos = found->second.speech;
        data.codecs.back().bona_fide_utmos = found->second.bona_fide;
      }
    }
    data.quality = std::move(quality_);
    data.utmos_weights = std::move(utmos_weights_);
    for (const char* split : splits_in_order) take_split(data, split);
    while (!splits_.empty()) take_split(data, splits_.begin()->first);
    return data;
  }

 private:
  static void count_codec(const storage::ShardReader& shard, CodecFacts& codec) {
    codec.utterances += shard.size();
    codec.by_split[shard.attributes().split] += shard.size();
    for (const double seconds : shard.durations()) codec.seconds += seconds;
    const auto measures = shard.measures();
    if (const auto snr = measures.find("snr_db"); snr != measures.end()) {
      for (const double value : snr->second) {
        if (std::isfinite(value)) codec.snr_db.add(value);
      }
    }
    if (const auto clipped = measures.find("clipped"); clipped != measures.end()) {
      for (const double value : clipped->second) {
        if (std::isfinite(value)) codec.clipped_samples = codec.clipped_samples.value_or(0) + value;
      }
    }
  }

  void count_quality(const storage::ShardReader& shard) {
    const auto measures = shard.measures();
    const auto found = measures.find("utmos");
    if (found == measures.end()) return;
    const auto& [codec, split] = std::pair(shard.attributes().codec, shard.attributes().split);
    for (std::size_t i = 0; i < shard.size(); ++i) {
      const double utmos = found->second[i];
      if (!std::isfinite(utmos)) continue;
      quality_[codec][shard.utterance_ids()[i]] = utmos;
      const bool own_speech = codec == "bonafide" || shard.labels()[i] == storage::Label::spoof;
      auto& naturalness = naturalness_[{codec, split == "eval"}];
      (own_speech ? naturalness.speech : naturalness.bona_fide).add(utmos);
    }
  }

  static void count_split(const storage::ShardReader& shard, SplitCount& split) {
    split.facts.split = shard.attributes().split;
    const auto& codec = shard.attributes().codec;
    // The "speakers" of generated speech are generators, those of the baselines' speech are not the corpus'.
    const bool foreign = find_generator(codec) != nullptr || !baseline_label(codec).empty();
    for (std::size_t i = 0; i < shard.size(); ++i) {
      const bool bona_fide = shard.labels()[i] == storage::Label::bona_fide;
      (bona_fide ? split.facts.bona_fide : split.facts.spoofed) += 1;
      (bona_fide ? split.facts.bona_fide_seconds : split.facts.spoofed_seconds) += shard.durations()[i];
      if (!foreign) split.speakers.insert(shard.speaker_ids()[i]);
    }
  }

  Remarks shared_speakers() const {
    Remarks remarks;
    std::map<std::string, std::string> split_of;
    for (const auto& [split, count] : splits_) {
      for (const auto& speaker : count.speakers) {
        const auto [first, is_new] = split_of.emplace(speaker, split);
        if (is_new) continue;
        remarks.push_back(
            fmt::format("speaker {} is in the splits {} and {}: error rates on them are too good to be true; "
                        "make the splits disjoint and run again",
                        speaker, first->second, split));
      }
    }
    return remarks;
  }

  void take_split(DataSet& data, const std::string& name) {
    auto taken = splits_.extract(name);
    if (taken.empty()) return;
    taken.mapped().facts.speakers = taken.mapped().speakers.size();
    data.splits.push_back(taken.mapped().facts);
  }

  std::map<std::string, CodecFacts> codecs_;
  std::map<std::string, SplitCount> splits_;
  std::map<std::pair<std::string, bool>, Naturalness> naturalness_;  ///< by codec and whether the split is eval
  QualityOfUtterances quality_;
  std::map<std::string, std::string> utmos_weights_;
  std::string graph_digest_, corpus_digest_, engine_version_;
};

}  // namespace

DataSet gather_data(const storage::FinishedFiles& files) {
  Tally tally;
  Remarks remarks;
  for (const auto& file : files.shards()) {
    try {
      tally.add(storage::ShardReader(file), file.lexically_relative(files.run()).generic_string());
    } catch (const Error& error) {
      remarks.push_back(error.what());
    }
  }
  DataSet data = std::move(tally).result();
  data.remarks.insert(data.remarks.end(), remarks.begin(), remarks.end());
  return data;
}

}  // namespace cfo::report
