// load_corpus: the source of speech.
#include <any>

#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/corpus_selection.h"
#include "nodes/kinds/shared/fields.h"
#include "storage/audio/audio.h"

namespace cfo::kinds {
namespace {

engine::SourcePlan plan(const engine::Parameters& parameters) {
  engine::SourcePlan result;
  auto selection = select_utterances(parameters);
  for (const auto& chosen : selection.utterances) result.items.push_back(planned_item(chosen));
  result.notes = std::move(selection.notes);
  for (auto& fault : selection.faults) result.faults.push_back({std::move(fault.item), std::move(fault.reason)});
  return result;
}

class LoadCorpus : public engine::Node {
 public:
  void process(std::span<engine::Work> batch) override {
    for (auto& work : batch) {
      const auto utterance = std::any_cast<storage::Utterance>(work.inputs.front()->get(fields::planned));
      storage::Audio audio = storage::read_audio(utterance.file);
      work.output.seconds = audio.seconds();
      for (auto& remark : audio.remarks) work.output.remarks.push_back({"", std::move(remark)});
      audio.remarks.clear();
      work.output.set(fields::audio, std::move(audio));
      work.output.set(fields::speaker, utterance.speaker_id);
      work.output.set(fields::label, utterance.label);
    }
  }
};

}  // namespace

engine::Kind load_corpus_kind() {
  return {.name = "load_corpus",
          .summary = "reads the utterances of a corpus, split by speaker",
          .role = engine::Role::source,
          .writes = {fields::audio, fields::speaker, fields::label},
          .parameters = corpus_parameters("all"),
          .section = "corpus",
          .check = check_corpus,
          .lacks = lacking_corpus,
          .describe = describe_corpus,
          .plan = plan,
          .make = [](const engine::NodeContext&) { return std::make_unique<LoadCorpus>(); }};
}

}  // namespace cfo::kinds
