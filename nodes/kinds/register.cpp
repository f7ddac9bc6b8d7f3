#include "nodes/kinds/register.h"

#include "nodes/kinds/kinds.h"
#include "nodes/networks/codecs/card.h"
#include "nodes/networks/codecs/make/make_codec.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/weights/store.h"

namespace cfo::kinds {
namespace {

engine::Domain codec_domain() {
  engine::Domain domain{.variable = "codec", .values = {}};
  auto& groups = domain.groups;
  for (const auto& card : codecs::all_cards()) {
    domain.values.push_back(card.name);
    if (!card.letter.empty()) groups["all"].push_back(card.name);
    if (card.backend == "fitted") groups["builtin"].push_back(card.name);
    if (codecs::is_implemented(card)) groups["implemented"].push_back(card.name);
  }
  domain.unavailable = [](const std::string& name) { return weights::why_unavailable(codecs::find_card(name)); };
  return domain;
}

}  // namespace

engine::Registry make_registry() {
  engine::Registry registry;
  registry.add(load_corpus_kind());
  registry.add(resample_kind());
  registry.add(encode_kind());
  registry.add(quantize_kind());
  registry.add(decode_kind());
  registry.add(measure_snr_kind());
  registry.add(quality_kind());
  registry.add(write_shards_kind());
  registry.add(fit_codec_kind());
  registry.add(train_kind());
  registry.add(load_model_kind());
  registry.add(score_kind());
  registry.add(report_kind());
  registry.add(codec_domain());
  registry.add(engine::Domain{.variable = "split", .values = {"train", "validation", "eval"}});
  registry.set(engine::Devices{.misspelled = [](const std::string& device) { return tensors::why_no_device(device); },
                               .unusable = [](const std::string& device) { return tensors::why_unusable(device); }});
  return registry;
}

}  // namespace cfo::kinds
