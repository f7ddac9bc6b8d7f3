#include "storage/corpus/corpus_files.h"

#include <algorithm>

#include "base/digest.h"
#include "base/error.h"
#include "storage/tables/text_lines.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

std::string digest_of(const std::vector<Utterance>& utterances) {
  Digest digest;
  for (const Utterance& utterance : utterances) {
    std::error_code problem;
    const auto changed = fs::last_write_time(utterance.file, problem).time_since_epoch().count();
    digest.field(utterance.utterance_id)
        .field(std::to_string(utterance.bytes))
        .field(problem ? "" : std::to_string(changed));
  }
  return digest.hex();
}

}  // namespace

void CorpusBuilder::add(Utterance utterance) {
  const std::string file = utterance.file.string();
  if (utterance.bytes == 0)
    return add_fault(file, file + ": is an empty file (0 bytes); copy it again from its source");
  if (!is_field(utterance.utterance_id) || !is_field(utterance.speaker_id))
    return add_fault(
        file,
        file + ": a blank in the name of a speaker or utterance cannot stand in protocol and score files; rename it");
  corpus_.utterances.push_back(std::move(utterance));
}

void CorpusBuilder::add_fault(std::string item, std::string reason) {
  corpus_.faults.push_back({std::move(item), std::move(reason)});
}

void CorpusBuilder::add_faults(const std::vector<CorpusFault>& faults) {
  corpus_.faults.insert(corpus_.faults.end(), faults.begin(), faults.end());
}

void CorpusBuilder::add_remark(std::string item, std::string reason) {
  corpus_.remarks.push_back({std::move(item), std::move(reason)});
}

Corpus CorpusBuilder::finish() && {
  auto& all = corpus_.utterances;
  std::stable_sort(all.begin(), all.end(),
                   [](const Utterance& a, const Utterance& b) { return a.utterance_id < b.utterance_id; });
  std::vector<Utterance> unique;
  for (Utterance& utterance : all) {
    if (unique.empty() || unique.back().utterance_id != utterance.utterance_id) {
      unique.push_back(std::move(utterance));
      continue;
    }
    add_fault(
        utterance.file.string(),
        fmt::format("{}: is left out: {} has the same utterance id '{}'; where it is another recording, rename it",
                    utterance.file.string(), unique.back().file.string(), utterance.utterance_id));
  }
  all = std::move(unique);
  corpus_.digest = digest_of(all);
  return std::move(corpus_);
}

}  // namespace cfo::storage
