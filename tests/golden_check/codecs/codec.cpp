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

int64_t CodecStages::samples() const {
  if (has("input")) return wave().size(2);
  // of a compact record, whose input may be the beginning of the full one's, then of a full one
  const auto frames = number<int64_t>("/compact/frames", 0), hop = number<int64_t>("/hop", 0);
  const auto told =
      number<int64_t>("/compact/input_samples", frames > 0 ? frames * hop : number<int64_t>("/input/samples", 0));
  if (told == 0) throw NotRecorded(record(), "input");
  return told;
}

codecs::Latent CodecStages::latent(const std::string& name, Extras extras) const {
  return {fed(name).unsqueeze(0), samples(), std::move(extras)};
}

codecs::Codes CodecStages::coded(const std::string& name, Extras extras) const {
  return {{fed(name).unsqueeze(0)}, samples(), std::move(extras)};
}

std::unique_ptr<codecs::Codec> CodecStages::variant(const codecs::Card& card) const {
  return codecs::make_codec(card, weights_of(record()));
}

std::unique_ptr<codecs::Codec> CodecStages::variant(const std::string& numbers) const {
  return variant(codecs::with_config(card_of(record()), YAML::Load(numbers), "variant"));
}

void check_pipeline(CodecStages& stages, const codecs::Codec& codec) {
  stages.floats("latent", [&] { return codec.encode(stages.wave()).values.squeeze(0); });
  stages.codes(
      "codes", [&] { return codec.quantize(stages.latent("latent")).streams.front().squeeze(0); },
      margins_name(stages));
  stages.floats("quantized", [&] { return codec.dequantize(stages.coded("codes")).values.squeeze(0); });
  stages.floats("audio", [&] { return codec.synthesize(stages.latent("quantized")).flatten(); });
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
