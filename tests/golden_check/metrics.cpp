// Records of the error rates: every set of scores, its DET curve, EER and minimum t-DCF, and the pooled rates.
#include <cmath>
#include <optional>

#include "base/error.h"
#include "nodes/networks/metrics/eer.h"
#include "nodes/networks/metrics/tdcf.h"
#include "tests/golden_check/stages.h"

namespace cfo::golden {
namespace {

using nlohmann::json;

// The same arithmetic in the same order: only the last bits may differ.
constexpr double tolerance = 1e-12;

std::vector<double> scores(const Record& record, const std::string& name) {
  const at::Tensor values = array(record, name).to(at::kDouble).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

double number(const json& value) { return value.is_string() ? std::nan("") : value.get<double>(); }

bool same(double actual, double expected) {
  if (std::isnan(expected)) return std::isnan(actual);
  return actual == expected || std::abs(actual - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

Stage compare_number(const std::string& name, double actual, const json& expected) {
  return {name, fmt::format("{:.9g}, recorded {:.9g}", actual, number(expected)), same(actual, number(expected))};
}

/// Where the official code stops with an error, ours throws one.
template <typename Function>
Stage expect_error(const std::string& name, const json& official, Function&& function) {
  try {
    function();
  } catch (const Error& error) {
    return {name, error.what(), true};
  }
  return {name, fmt::format("no error where the official code says '{}'", official.get<std::string>()), false};
}

Stage compare_lists(const std::string& name, const std::vector<double>& actual, const std::vector<double>& expected) {
  const bool passed = std::equal(actual.begin(), actual.end(), expected.begin(), expected.end(), same);
  return {name, fmt::format("{} points, recorded {}", actual.size(), expected.size()), passed};
}

metrics::TandemCosts costs_2019(const json& manifest) {
  const json& model = manifest.at("cost_model_2019");
  return {.p_spoof = model.at("Pspoof"),
          .p_target = model.at("Ptar"),
          .p_non_target = model.at("Pnon"),
          .miss_asv = model.at("Cmiss_asv"),
          .false_acceptance_asv = model.at("Cfa_asv"),
          .miss_cm = model.at("Cmiss_cm"),
          .false_acceptance_cm = model.at("Cfa_cm")};
}

metrics::TandemCosts costs_2021(const json& manifest) {
  const json& model = manifest.at("cost_model_2021");
  return {.p_spoof = model.at("Pspoof"),
          .p_target = model.at("Ptar"),
          .p_non_target = model.at("Pnon"),
          .miss_asv = model.at("Cmiss"),
          .false_acceptance_asv = model.at("Cfa"),
          .false_acceptance_cm = model.at("Cfa_spoof")};
}

class SetCheck {
 public:
  SetCheck(Stages& stages, const json& row)
      : stages_(stages),
        record_(stages.record()),
        row_(row),
        set_(row.at("set")),
        bona_fide_(scores(record_, set_ + "/bonafide")),
        spoof_(scores(record_, set_ + "/spoof")) {}

  void run(const Once<metrics::AsvRates>& asv) {
    check_eer();
    stages_.attempt(set_ + " frr", [&] { check_curve(); });
    stages_.attempt(set_ + " min_tDCF", [&] {
      check_tdcf("2019", metrics::min_tdcf_2019, *asv, costs_2019(record_.manifest));
      check_tdcf("2021", metrics::min_tdcf_2021, *asv, costs_2021(record_.manifest));
    });
  }

 private:
  void check_eer() {
    if (row_.contains("eer_error")) {
      stages_.add(
          expect_error(set_ + " eer", row_["eer_error"], [&] { metrics::equal_error_rate(bona_fide_, spoof_); }));
      return;
    }
    const auto eer = metrics::equal_error_rate(bona_fide_, spoof_);
    number("eer", eer.eer);
    number("threshold", eer.threshold);
    number("min_index", static_cast<double>(eer.index));
    number("frr_at", eer.frr);
    number("far_at", eer.far);
  }

  void check_curve() {
    const auto frr = scores(record_, set_ + "/frr"), far = scores(record_, set_ + "/far"),
               thresholds = scores(record_, set_ + "/thresholds");
    const auto curve = metrics::det_curve(bona_fide_, spoof_);
    stages_.add(compare_lists(set_ + " frr", curve.frr, frr));
    stages_.add(compare_lists(set_ + " far", curve.far, far));
    stages_.add(compare_lists(set_ + " thresholds", curve.thresholds, thresholds));
  }

  template <typename Function>
  void check_tdcf(const std::string& year, Function&& function, const metrics::AsvRates& asv,
                  const metrics::TandemCosts& costs) {
    if (const std::string key = "tDCF_" + year + "_error"; row_.contains(key)) {
      stages_.add(
          expect_error(set_ + " min_tDCF_" + year, row_[key], [&] { function(bona_fide_, spoof_, asv, costs); }));
      return;
    }
    const auto best = function(bona_fide_, spoof_, asv, costs);
    number("min_tDCF_" + year, best.value);
    number("min_tDCF_" + year + "_index", static_cast<double>(best.index));
  }

  void number(const std::string& key, double actual) {
    stages_.add(compare_number(set_ + " " + key, actual, row_.at(key)));
  }

  Stages& stages_;
  const Record& record_;
  const json& row_;
  std::string set_;
  std::vector<double> bona_fide_, spoof_;
};

void check_asv(const json& asv, const metrics::AsvRates& rates, Stages& stages) {
  stages.add(compare_number("asv Pfa", rates.false_acceptance, asv.at("Pfa_asv")));
  stages.add(compare_number("asv Pmiss", rates.miss, asv.at("Pmiss_asv")));
  stages.add(compare_number("asv Pfa_spoof", rates.spoof_false_acceptance, asv.at("Pfa_spoof_asv")));
}

void check_pooled(Stages& stages) {
  const Record& record = stages.record();
  const json& pooled = record.manifest.at("pooled");
  const json& rows = pooled.at("per_set");
  std::vector<std::vector<double>> sets;
  for (std::size_t i = 0; i < rows.size(); ++i) sets.push_back(scores(record, fmt::format("pooled/spoof_{}", i)));
  const auto result = metrics::pooled_eer(scores(record, "pooled/bonafide"), sets);
  const auto compare = [&](const std::string& name, double actual, const json& expected) {
    stages.add(compare_number("pooled " + name, actual, expected));
  };
  compare("eer", result.pooled.eer, pooled.at("pooled_eer"));
  compare("threshold", result.pooled.threshold, pooled.at("pooled_threshold"));
  compare("frr", result.frr, pooled.at("frr_at_pooled_threshold_le"));
  compare("mean of own", result.mean_of_own, pooled.at("mean_of_own_eers"));
  compare("mean half total", result.mean_half_total, pooled.at("mean_of_half_total_error_at_pooled_threshold"));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    compare(fmt::format("own eer {}", i), result.own[i].eer, rows[i].at("eer_own_threshold"));
    compare(fmt::format("own threshold {}", i), result.own[i].threshold, rows[i].at("own_threshold"));
    compare(fmt::format("far {}", i), result.far[i], rows[i].at("far_at_pooled_threshold_gt"));
  }
}

}  // namespace

std::vector<Stage> check_metrics(const Record& record) {
  const Once<metrics::AsvRates> asv([&] {
    return metrics::asv_rates(scores(record, "asv/target"), scores(record, "asv/nontarget"),
                              scores(record, "asv/spoof"));
  });
  Stages stages(record);
  stages.attempt("asv", [&] { check_asv(record.manifest.at("asv"), *asv, stages); });
  for (const auto& row : record.manifest.at("sets"))
    stages.attempt(row.at("set"), [&] { SetCheck(stages, row).run(asv); });
  stages.attempt("pooled", [&] { check_pooled(stages); });
  return stages.take();
}

}  // namespace cfo::golden
