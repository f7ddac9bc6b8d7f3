// Which utterances of a corpus a node works on: the parameters that load_corpus and fit_codec share, and what they
// choose.
#pragma once

#include <string>
#include <vector>

#include "engine/kind/kind.h"
#include "storage/corpus/corpus.h"

namespace cfo::kinds {

/// layout, root, microphone, protocol, validation, eval, split and limit. `split`: the default split.
std::vector<engine::Parameter> corpus_parameters(const std::string& split);

/// One sentence for each mistake: speakers in two splits, or of a split and not in the corpus.
std::vector<std::string> check_corpus(const engine::Parameters& parameters);

/// One sentence for each thing that is not there: the root, the protocol.
std::vector<std::string> lacking_corpus(const engine::Parameters& parameters);

/// An utterance with its estimated length.
struct ChosenUtterance {
  storage::Utterance utterance;
  double seconds = 0;  ///< estimate from the file's size
};

struct Selection {
  std::vector<ChosenUtterance> utterances;   ///< in order of utterance id
  std::vector<storage::CorpusFault> faults;  ///< what the corpus lists and cannot deliver
  std::vector<std::string> notes;  ///< speakers of the settings whom the corpus lacks, where that does no harm
};

/// The utterances of `split`, at most `limit` of them, evenly spread over the list (so over speakers). A corpus is
/// listed once a process. Throws Error as storage::list_corpus does.
Selection select_utterances(const engine::Parameters& parameters);

/// The utterance as the plan has it: speaker and label as its fingerprint.
engine::PlannedItem planned_item(const ChosenUtterance& chosen);

/// What the corpus of the parameters holds, in words; its headers are read once a process. "" where it cannot be
/// listed.
std::string describe_corpus(const engine::Parameters& parameters);

/// `count` of `total` positions, evenly spread, ascending; all when count >= total.
std::vector<std::size_t> spread(std::size_t total, std::size_t count);

}  // namespace cfo::kinds
