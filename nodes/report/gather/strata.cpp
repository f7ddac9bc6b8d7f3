#include "nodes/report/gather/strata.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "nodes/report/gather/study.h"

namespace cfo::report {
namespace {

/// Scores of some test sets together.
struct Collected {
  Scores bona_fide, spoofed;
  std::size_t tests = 0;
  bool has_corpus = false;  ///< the corpus's bona fide speech counts once however many test sets are held against it

  void add(const ModelScores& scores, const TestScores& test, const Scores& kept) {
    if (kept.empty()) return;
    if (!test.bona_fide.empty() || !has_corpus) {
      const Scores& speech = scores.bona_fide_for(test);
      bona_fide.insert(bona_fide.end(), speech.begin(), speech.end());
      has_corpus = has_corpus || test.bona_fide.empty();
    }
    spoofed.insert(spoofed.end(), kept.begin(), kept.end());
    ++tests;
  }
};

/// The spoofed scores of utterances that sound at least so good; all where the limit is 0.
Scores kept_scores(const TestScores& test, double least_quality, const QualityOfUtterances& quality) {
  if (least_quality <= 0) return test.spoofed;
  Scores kept;
  const auto set = quality.find(test.test);
  if (set == quality.end()) return kept;
  for (std::size_t i = 0; i < test.spoofed.size(); ++i) {
    const auto known = set->second.find(test.spoofed_ids[i]);
    if (known != set->second.end() && known->second >= least_quality) kept.push_back(test.spoofed[i]);
  }
  return kept;
}

double half_total_at(double threshold, const Collected& group) {
  const auto rejected =
      std::count_if(group.bona_fide.begin(), group.bona_fide.end(), [&](double score) { return score <= threshold; });
  const auto accepted =
      std::count_if(group.spoofed.begin(), group.spoofed.end(), [&](double score) { return score > threshold; });
  return (static_cast<double>(rejected) / static_cast<double>(group.bona_fide.size()) +
          static_cast<double>(accepted) / static_cast<double>(group.spoofed.size())) /
         2;
}

/// The strata of one sort of test sets at one UTMOS limit.
class Strata {
 public:
  Strata(const ModelScores& scores, const QualityOfUtterances& quality, bool generated, double least_quality) {
    for (const auto& test : scores.tests) {
      if (test.generated != generated) continue;
      const Scores kept = kept_scores(test, least_quality, quality);
      for (const std::string attribute : stratum_attributes) {
        const auto group = class_of(test.test, attribute);
        if (!group.empty()) groups_[{order_of(attribute), attribute, group}].add(scores, test, kept);
      }
    }
    std::erase_if(groups_,
                  [](const auto& entry) { return entry.second.bona_fide.empty() || entry.second.spoofed.empty(); });
    blank_.model = scores.model;
    blank_.generated = generated;
    blank_.least_quality = least_quality;
  }

  std::vector<Stratum> result() const {
    std::vector<Stratum> strata;
    for (const auto& [key, group] : groups_) {
      Stratum stratum = blank_;
      std::tie(std::ignore, stratum.attribute, stratum.group) = key;
      stratum.eer = equal_error_rate(group.bona_fide, group.spoofed);
      stratum.tests = group.tests;
      const double threshold = strata.empty() ? stratum.eer.threshold : strata.front().eer.threshold;  // "all" is first
      stratum.half_total = half_total_at(threshold, group);
      strata.push_back(std::move(stratum));
    }
    return strata;
  }

 private:
  static std::size_t order_of(const std::string& attribute) {
    return static_cast<std::size_t>(std::find(std::begin(stratum_attributes), std::end(stratum_attributes), attribute) -
                                    std::begin(stratum_attributes));
  }
  std::map<std::tuple<std::size_t, std::string, std::string>, Collected> groups_;
  Stratum blank_;
};

}  // namespace

std::string class_of(const std::string& name, const std::string& attribute) {
  if (attribute == "all") return "all";
  const CodecFacts facts = card_facts(name);
  if (attribute == "family") return facts.title.empty() ? facts.family : facts.title;
  if (attribute == "quantizer") return facts.quantizer;
  return attribute == "auxiliary" ? facts.auxiliary : facts.decoder;
}

std::vector<Stratum> strata_of(const ModelScores& scores, const QualityOfUtterances& quality) {
  std::vector<Stratum> strata;
  for (const bool generated : {false, true}) {
    for (const double least_quality : quality_limits) {
      if (!generated && least_quality > 0) continue;
      auto some = Strata(scores, quality, generated, least_quality).result();
      std::move(some.begin(), some.end(), std::back_inserter(strata));
    }
  }
  return strata;
}

std::vector<StratumMean> stratum_means(const std::vector<Stratum>& strata) {
  std::vector<StratumMean> means;
  for (const auto& stratum : strata) {
    if (stratum.attribute == "all" || stratum.attribute == "family") continue;
    const auto train_group = class_of(stratum.model, stratum.attribute);
    if (train_group.empty()) continue;  // a baseline
    const auto key = [](const auto& a) { return std::tie(a.generated, a.least_quality, a.attribute); };
    auto found = std::find_if(means.begin(), means.end(), [&](const StratumMean& mean) {
      return key(mean) == key(stratum) && mean.train_group == train_group && mean.test_group == stratum.group;
    });
    if (found == means.end()) {
      found = means.insert(means.end(), {stratum.generated, stratum.least_quality, stratum.attribute, train_group,
                                         stratum.group, 0, 0, stratum.eer.bona_fide, stratum.eer.spoofed});
    }
    ++found->models;
    found->mean += (stratum.eer.value - found->mean) / static_cast<double>(found->models);
  }
  std::stable_sort(means.begin(), means.end(), [](const StratumMean& a, const StratumMean& b) {
    return std::tie(a.generated, a.least_quality, a.attribute, a.train_group, a.test_group) <
           std::tie(b.generated, b.least_quality, b.attribute, b.train_group, b.test_group);
  });
  return means;
}

}  // namespace cfo::report
