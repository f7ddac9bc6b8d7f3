// fit_codec: the codebooks of a built-in codec, fitted on the training split.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/codec_node.h"
#include "nodes/kinds/shared/corpus_selection.h"
#include "nodes/networks/codecs/mdct/mdct.h"
#include "nodes/networks/tensors/compute.h"
#include "storage/audio/audio.h"
#include "storage/checkpoint/checkpoint.h"

namespace cfo::kinds {
namespace {

/// Share of the task that reading takes, for the progress bar.
constexpr double reading_share = 0.3;

bool is_fitted(const engine::Parameters& parameters) {
  return codecs::find_card(parameters.text("codec")).backend == "fitted";
}

/// As many utterances as make up about `seconds` of speech, evenly spread over the split.
std::vector<ChosenUtterance> enough(std::vector<ChosenUtterance> utterances, double seconds) {
  double total = 0;
  for (const auto& chosen : utterances) total += chosen.seconds;
  if (total <= seconds) return utterances;
  const auto count = std::ceil(static_cast<double>(utterances.size()) * seconds / total);
  std::vector<ChosenUtterance> chosen;
  for (const auto index : spread(utterances.size(), static_cast<std::size_t>(count)))
    chosen.push_back(utterances[index]);
  return chosen;
}

at::Tensor read_wave(const storage::Utterance& utterance, int64_t rate) {
  const auto audio = storage::resample(storage::read_audio(utterance.file), rate);
  return at::tensor(audio.samples);
}

/// The speech to fit on; files that cannot be read are reported and passed over.
std::vector<at::Tensor> read_speech(engine::TaskContext& context, const codecs::Card& card) {
  const auto chosen = enough(select_utterances(context.parameters).utterances, context.parameters.number("seconds"));
  std::vector<at::Tensor> waves;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (context.stop) throw engine::Interrupted();
    try {
      waves.push_back(read_wave(chosen[i].utterance, card.sample_rate));
      context.account(static_cast<double>(waves.back().numel()) / static_cast<double>(card.sample_rate));
    } catch (const Error& error) {
      context.fail_item(chosen[i].utterance.utterance_id, error);
    }
    context.progress(reading_share * static_cast<double>(i + 1) / static_cast<double>(chosen.size()), "reading speech");
  }
  if (waves.empty()) {
    throw Error(
        "there is no speech to fit {} on: the {} split of {} has no readable utterance; choose another 'split' or "
        "'root'",
        card.name, context.parameters.text("split"), context.parameters.text("root"));
  }
  return waves;
}

void run(engine::TaskContext& context) {
  const auto& card = codecs::find_card(context.parameters.text("codec"));
  const auto waves = read_speech(context, card);
  const tensors::Inference inference;
  const auto tables =
      codecs::fit_mdct(card, waves, tensors::seed_from(context.seed, context.unit, card.name), [&](double fraction) {
        if (context.stop) throw engine::Interrupted();
        context.progress(reading_share + (1 - reading_share) * fraction, "fitting codebooks");
      });
  storage::write_safetensors(context.files.front(), tables, {{"codec", card.name}, {"engine_version", CFO_VERSION}});
}

std::vector<std::string> check(const engine::Parameters& parameters) {
  auto sentences = check_codec(parameters);
  if (!sentences.empty() || !is_fitted(parameters)) return sentences;
  return check_corpus(parameters);
}

std::vector<std::string> lacks(const engine::Parameters& parameters) {
  return check_codec(parameters).empty() && is_fitted(parameters) ? lacking_corpus(parameters)
                                                                  : std::vector<std::string>();
}

std::vector<engine::PlannedItem> files(const engine::Parameters& parameters) {
  std::vector<engine::PlannedItem> items;
  for (const auto& chosen : enough(select_utterances(parameters).utterances, parameters.number("seconds")))
    items.push_back(planned_item(chosen));
  return items;
}

std::vector<engine::Parameter> parameters() {
  std::vector<engine::Parameter> list = {codec_parameter(),
                                         {.name = "seconds",
                                          .type = engine::Type::number,
                                          .summary = "how much speech to fit on",
                                          .unit = "s",
                                          .default_value = engine::Value(600.0),
                                          .min = 1,
                                          .max = 36000}};
  for (auto& parameter : corpus_parameters("train")) list.push_back(std::move(parameter));
  return list;
}

}  // namespace

engine::Kind fit_codec_kind() {
  return {.name = "fit_codec",
          .summary = "fits the codebooks of a built-in codec on speech; nothing to do for published codecs",
          .role = engine::Role::task,
          .parameters = parameters(),
          .section = "corpus",
          .outputs = {{.folder = "models", .extension = ".tables.safetensors"}},
          .check = check,
          .lacks = lacks,
          .applies = is_fitted,
          .fingerprint = fingerprint_codec,
          .files = files,
          .run = run};
}

}  // namespace cfo::kinds
