#include "nodes/kinds/shared/labelled_speech.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "nodes/kinds/shared/corpus_selection.h"
#include "storage/audio/audio.h"

namespace cfo::kinds {
namespace {

/// Well below the usual limit of 1024 open files a process.
constexpr std::size_t most_open = 128;

/// "" for no attribute: all utterances are then of one class.
std::string class_under(const LabelledUtterance& utterance, const std::string& attribute) {
  if (attribute == "quantizer") return utterance.quantizer;
  if (attribute == "auxiliary") return utterance.auxiliary;
  return attribute == "decoder" ? utterance.decoder : "";
}

}  // namespace

LabelledSpeech::LabelledSpeech(std::vector<std::filesystem::path> shards, int64_t sample_rate)
    : shards_(std::move(shards)) {
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    const auto& from = reader(shard);
    const auto& attributes = from.attributes();
    if (attributes.sample_rate != sample_rate) {
      throw Error("{}: the shard holds audio at {} Hz, but countermeasures take {} Hz; write it with rate: {}",
                  shards_[shard].string(), attributes.sample_rate, sample_rate, sample_rate);
    }
    for (std::size_t index = 0; index < from.size(); ++index) {
      utterances_.push_back({from.utterance_ids()[index], attributes.codec, attributes.quantizer, attributes.auxiliary,
                             attributes.decoder, attributes.split, from.labels()[index], from.durations()[index], shard,
                             index});
    }
  }
}

std::vector<float> LabelledSpeech::samples(const LabelledUtterance& utterance) {
  return storage::from_pcm16(reader(utterance.shard).audio(utterance.index));
}

storage::ShardReader& LabelledSpeech::reader(std::size_t shard) {
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const Open& open) { return open.shard == shard; });
  if (found != open_.end()) {
    open_.splice(open_.begin(), open_, found);
  } else {
    open_.push_front({shard, std::make_unique<storage::ShardReader>(shards_[shard])});
    if (open_.size() > most_open) open_.pop_back();
  }
  return *open_.front().reader;
}

std::vector<std::filesystem::path> shard_files(const engine::TaskContext& context, const std::string& port) {
  std::vector<std::filesystem::path> files;
  const auto found = context.inputs.find(port);
  if (found == context.inputs.end()) return files;
  for (const auto& artifact : found->second) {
    if (artifact.kind != "write_shards") {
      throw Error("node '{}' ({}) gives no shards; name a write_shards node in 'from:'", artifact.node, artifact.kind);
    }
    files.insert(files.end(), artifact.files.begin(), artifact.files.end());
  }
  return files;
}

std::vector<LabelledUtterance> choose(std::span<const LabelledUtterance> utterances, const Choice& choice) {
  std::map<std::string, std::vector<LabelledUtterance>> classes;
  for (const auto& utterance : utterances) {
    if (utterance.split == choice.split && utterance.label == choice.label)
      classes[class_under(utterance, choice.even)].push_back(utterance);
  }
  std::size_t most = choice.limit == 0 ? utterances.size() : choice.limit / std::max<std::size_t>(1, classes.size());
  if (!choice.even.empty()) {
    for (const auto& [name, members] : classes) most = std::min(most, members.size());
  }
  std::vector<LabelledUtterance> chosen;
  for (const auto& [name, members] : classes) {
    for (const auto index : spread(members.size(), std::min(most, members.size()))) chosen.push_back(members[index]);
  }
  return chosen;
}

}  // namespace cfo::kinds
