#include "tests/golden_check/codecs/codec.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "nodes/networks/codecs/make/make_codec.h"
#include "tests/support/recorded_card.h"

namespace cfo::golden {
namespace {

struct FamilyChecker {
  std::string_view family;
  void (*check)(CodecStages&, const codecs::Codec&);
};

/// Families whose records hold more than check_pipeline looks at.
constexpr std::array checkers = {
    FamilyChecker{"audiodec", check_audiodec},
    FamilyChecker{"bigcodec", check_bigcodec},
    FamilyChecker{"dac", check_dac},
    FamilyChecker{"facodec", check_facodec},
    FamilyChecker{"freqcodec", check_freqcodec},
    FamilyChecker{"funcodec", check_funcodec},
    FamilyChecker{"hilcodec", check_hilcodec},
    FamilyChecker{"languagecodec", check_seanet_vocos},
    FamilyChecker{"llm_codec", check_snac},
    FamilyChecker{"mimi", check_mimi},
    FamilyChecker{"semanticodec", check_semanticodec},
    FamilyChecker{"snac", check_snac},
    FamilyChecker{"socodec", check_socodec},
    FamilyChecker{"spectralcodec", check_spectralcodec},
    FamilyChecker{"ticodec", check_ticodec},
    FamilyChecker{"vocos", check_seanet_vocos},
    FamilyChecker{"wavtokenizer", check_seanet_vocos},
    FamilyChecker{"xcodec", check_xcodec},
};

auto checker_of(const std::string& family) {
  const auto* const found = std::find_if(checkers.begin(), checkers.end(),
                                         [&](const FamilyChecker& checker) { return checker.family == family; });
  return found == checkers.end() ? check_pipeline : found->check;
}

codecs::Card card_of(const Record& record) {
  return test::recorded_card(record.manifest.at("codec").get<std::string>());
}

tensors::WeightScope weights_of(const Record& record) {
  return tensors::WeightScope(fill_weights(record.manifest["weights"], record.manifest.at("seed")),
                              (record.folder / "manifest.json").string());
}

/// Margins of the chosen codes under either of their names.
std::string margins_name(const CodecStages& stages) { return stages.has("code_margin") ? "code_margin" : "margins"; }

}  // namespace

bool CodecStages::sampled(const std::string& name) const {
  return record_.manifest.contains("compact") && record_.manifest["compact"]["samples"].contains(name);
}

bool CodecStages::left_out(const std::string& name) const { return record_.manifest.contains("compact") && !has(name); }

void CodecStages::floats(const std::string& name, const at::Tensor& result, double tolerance) {
  computed_[name] = result;
  if (left_out(name)) return;
  stages_.push_back(compare_floats(name, kept_values(record_, name, result), recorded(name), tolerance));
}

void CodecStages::codes(const std::string& name, const at::Tensor& result, const std::string& margins) {
  computed_[name] = result;
  if (left_out(name)) return;
  stages_.push_back(compare_codes(name, result, recorded(name), has(margins) ? recorded(margins) : at::Tensor()));
}

at::Tensor CodecStages::fed(const std::string& name) const {
  if (!sampled(name) && !left_out(name)) return recorded(name);
  const auto found = computed_.find(name);
  if (found == computed_.end())
    throw Error("{}: the stage '{}' is needed before it was computed", record_.folder.string(), name);
  return found->second;
}

const at::Tensor& CodecStages::recorded(const std::string& name) const {
  const auto found = record_.arrays.find(name);
  if (found == record_.arrays.end()) throw Error("{}: the record holds no array '{}'", record_.folder.string(), name);
  return found->second;
}

std::unique_ptr<codecs::Codec> CodecStages::variant(const std::string& numbers) const {
  return codecs::make_codec(codecs::with_config(card_of(record_), YAML::Load(numbers), "variant"), weights_of(record_));
}

void check_pipeline(CodecStages& stages, const codecs::Codec& codec) {
  const auto wave = stages.wave();
  const int64_t samples = wave.size(2);
  stages.floats("latent", codec.encode(wave).values.squeeze(0));
  const codecs::Latent latent = {stages.fed("latent").unsqueeze(0), samples, {}};
  stages.codes("codes", codec.quantize(latent).streams.front().squeeze(0), margins_name(stages));
  const codecs::Codes codes = {{stages.fed("codes").unsqueeze(0)}, samples, {}};
  stages.floats("quantized", codec.dequantize(codes).values.squeeze(0));
  const codecs::Latent quantized = {stages.fed("quantized").unsqueeze(0), samples, {}};
  stages.floats("audio", codec.synthesize(quantized).flatten());
}

std::vector<Stage> check_codec(const Record& record) {
  const auto card = card_of(record);
  if (!codecs::is_implemented(card)) {
    return {{"record",
             fmt::format("no checker for codec '{}': its family '{}' is not implemented", card.name, card.family),
             false}};
  }
  if (!record.manifest.contains("weights")) return check_real_hilcodec_quantizer(record, card);
  const auto weights = weights_of(record);
  CodecStages stages(record);
  checker_of(card.family)(stages, *codecs::make_codec(card, weights));
  auto results = stages.take();
  for (const auto& name : weights.unused()) {
    if (codecs::is_unused(card, name)) continue;
    results.push_back(
        {name, "a tensor of the checkpoint that was not used; build it in, or list it under 'unused:' in the card",
         false});
  }
  return results;
}

}  // namespace cfo::golden
