// Records of RawBoost: every trial from the recorded draws.
#include "base/error.h"
#include "nodes/networks/augment/rawboost.h"
#include "tests/golden_check/stages.h"
#include "tests/golden_check/test_signal.h"

namespace cfo::golden {
namespace {

using nlohmann::json;

/// The draws of a trial by what they mean: rows {"meaning", "value" or "array"} or, in compact records, [meaning,
/// value].
class Draws {
 public:
  Draws(const Record& record, const json& trial)
      : record_(record), prefix_(fmt::format("trial{}/", trial.at("trial").get<int>())) {
    for (const auto& row : trial.at("draws")) {
      const bool shorter = row.is_array();
      if (shorter || row.contains("value"))
        values_[shorter ? row.at(0) : row.at("meaning")] = shorter ? row.at(1) : row.at("value");
    }
  }

  bool has(const std::string& meaning) const { return values_.count(meaning) > 0; }
  double value(const std::string& meaning) const {
    const auto found = values_.find(meaning);
    if (found == values_.end()) throw Error("{}: {}no draw '{}'", record_.folder.string(), prefix_, meaning);
    return found->second;
  }
  const at::Tensor& array(const std::string& name) const { return golden::array(record_, prefix_ + name); }

  augment::NotchDraw notches(const std::string& step) const {
    augment::NotchDraw draw;
    for (int band = 0; has(fmt::format("{}.band{}.fc", step, band)); ++band) {
      const auto of_band = [&](const char* what) { return value(fmt::format("{}.band{}.{}", step, band, what)); };
      draw.bands.push_back({of_band("fc"), of_band("bw"), augment::odd_taps(of_band("c"))});
    }
    draw.gain = value(step + ".G");
    return draw;
  }

 private:
  const Record& record_;
  std::string prefix_;
  std::map<std::string, double> values_;
};

augment::RawBoostDraw draw_of(const Draws& draws, int64_t algorithm) {
  augment::RawBoostDraw draw;
  draw.parallel = algorithm == 8;
  if (draws.has("LnL.order1.G")) {
    draw.convolutive.emplace();
    for (int order = 1; draws.has(fmt::format("LnL.order{}.G", order)); ++order) {
      draw.convolutive->orders.push_back(draws.notches(fmt::format("LnL.order{}", order)));
    }
  }
  if (draws.has("ISD.beta")) {
    const at::Tensor first = draws.array("ISD.rand_1").to(at::kDouble),
                     second = draws.array("ISD.rand_2").to(at::kDouble);
    draw.impulsive.emplace(augment::ImpulsiveNoise{draws.array("ISD.permutation").narrow(0, 0, first.size(0)),
                                                   (2 * first - 1) * (2 * second - 1)});
  }
  if (draws.has("SSI.SNR")) {
    draw.stationary.emplace(augment::StationaryNoise{draws.array("SSI.noise").to(at::kDouble), draws.notches("SSI"),
                                                     draws.value("SSI.SNR")});
  }
  return draw;
}

/// The filters of a draw one after the other, as the record has them.
at::Tensor filters_of(const augment::RawBoostDraw& draw, int64_t sample_rate) {
  std::vector<at::Tensor> filters;
  if (draw.convolutive) {
    for (const auto& order : draw.convolutive->orders) filters.push_back(augment::notch_filter(order, sample_rate));
  }
  if (draw.stationary) filters.push_back(augment::notch_filter(draw.stationary->filter, sample_rate));
  return filters.empty() ? at::empty({0}, at::kDouble) : at::cat(filters);
}

/// What the record says of what is not drawn.
augment::RawBoostSettings settings_of(const json& manifest) {
  augment::RawBoostSettings settings;
  settings.notches.sample_rate = manifest.at("sample_rate");
  settings.impulse_gain = manifest.value(json::json_pointer("/parameters/g_sd"), settings.impulse_gain);
  return settings;
}

}  // namespace

std::vector<Stage> check_rawboost(const Record& record) {
  const auto settings = settings_of(record.manifest);
  const int64_t sample_rate = settings.notches.sample_rate;
  const json& rule = record.manifest.at("input");
  const at::Tensor signal = test_signal(sample_rate, rule.at("n"), rule.at("seed"));
  const std::map<std::string, at::Tensor> inputs = {{"input", signal},
                                                    {"input_loud", signal / at::abs(signal).max() * 0.999F}};
  const double tolerance = record.manifest.contains("compact") ? 1e-5 : 1e-6;  // compact draws have 16 bits of mantissa
  Stages stages(record);
  for (const auto& [name, wave] : inputs) stages.floats(name, wave, 0);
  for (const auto& trial : record.manifest.at("trials")) {
    const Draws draws(record, trial);
    const int64_t algorithm = trial.at("algo");
    const auto name = fmt::format("trial{} (algorithm {})", trial.at("trial").get<int>(), algorithm);
    const Once<augment::RawBoostDraw> draw([&] { return draw_of(draws, algorithm); });
    if (trial.contains("fir_lengths")) {
      stages.attempt(name + " filters", [&] {
        stages.add(compare_floats(name + " filters", filters_of(*draw, sample_rate), draws.array("fir"), 1e-9));
      });
    }
    stages.attempt(name + " output", [&] {
      const at::Tensor output = augment::apply_rawboost(inputs.at(trial.at("input")), *draw, settings);
      stages.add(
          compare_floats(name + " output", kept_values(record, "output", output), draws.array("output"), tolerance));
    });
  }
  return stages.take();
}

}  // namespace cfo::golden
