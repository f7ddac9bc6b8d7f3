// The utterances of many shards as one list: what trainings and scorings read.
#pragma once

#include <filesystem>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/kind/kind.h"
#include "nodes/networks/detectors/modules/tasks.h"
#include "storage/shards/shard.h"

namespace cfo::kinds {

/// An utterance and where it lies.
struct LabelledUtterance {
  std::string utterance_id;
  std::string codec;                          ///< "bonafide" or a card's name
  std::string quantizer, auxiliary, decoder;  ///< taxonomy of the codec; empty where the shard has none
  std::string split;
  storage::Label label = storage::Label::spoof;
  double seconds = 0;
  std::size_t shard = 0, index = 0;  ///< in the list's files

  /// What the tasks of a detector ask about it.
  detectors::Labels labels() const {
    return {.bona_fide = label == storage::Label::bona_fide,
            .quantizer = quantizer,
            .auxiliary = auxiliary,
            .decoder = decoder};
  }
  /// Unique among the utterances of a run: the same sentence goes through many codecs.
  std::string key() const { return codec + "/" + utterance_id; }
};

/// Lists shards at once and reads audio on demand. Few files stay open whatever the number of shards. For one thread.
class LabelledSpeech {
 public:
  /// Throws Error for a shard that cannot be read, and for one whose sample rate is not `sample_rate` (Hz).
  LabelledSpeech(std::vector<std::filesystem::path> shards, int64_t sample_rate);

  const std::vector<LabelledUtterance>& utterances() const { return utterances_; }
  /// Samples in [-1, 1]. Throws Error naming the shard when it is damaged there.
  std::vector<float> samples(const LabelledUtterance& utterance);

 private:
  struct Open {
    std::size_t shard;
    std::unique_ptr<storage::ShardReader> reader;
  };
  storage::ShardReader& reader(std::size_t shard);

  std::vector<std::filesystem::path> shards_;
  std::vector<LabelledUtterance> utterances_;
  std::list<Open> open_;  ///< the one used last in front
};

/// The shard files among a task's inputs at `port`, in the order of the plan.
std::vector<std::filesystem::path> shard_files(const engine::TaskContext& context, const std::string& port);

/// Utterances of one split and label, and at most how many. `even`: "", or the attribute ("quantizer", "auxiliary",
/// "decoder") whose classes get equal parts: as many of each as the smallest has, or its share of the limit.
struct Choice {
  std::string split;
  storage::Label label = storage::Label::spoof;
  std::size_t limit = 0;  ///< 0: all
  std::string even = {};
};

/// Those that fit, in their order, evenly spread where there is a limit.
std::vector<LabelledUtterance> choose(std::span<const LabelledUtterance> utterances, const Choice& choice);

}  // namespace cfo::kinds
