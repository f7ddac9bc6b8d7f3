#include "nodes/weights/checks.h"

#include "base/error.h"
#include "storage/checkpoint/checkpoint.h"
#include "storage/checkpoint/container.h"

namespace cfo::weights {

void require_opens(const std::filesystem::path& file, const codecs::WeightFile& card) {
  if (card.container == "torchscript") {  // libtorch's own reader looks at it when it is used
    storage::refuse_lookalike(storage::map_checkpoint(file));
    return;
  }
  storage::describe_checkpoint(file);
}

ExpectedDigest expected_digest(const PublishedFile& file, const WeightsLock& lock, bool update_lock) {
  const std::string name = file.users.empty() ? "NAME" : file.users.front()->name;
  if (!file.card.sha256.empty())
    return {file.card.sha256,
            fmt::format(", the published file's by the card of {}; get it from where the card says", name)};
  const LockEntry* const entry = lock.find(file.key);
  if (entry == nullptr || update_lock) return {};
  return {entry->sha256, fmt::format(", which weights.lock has since {}; if the publisher put a new file there and you "
                                     "want it, give --update-lock",
                                     entry->date)};
}

void require_digest(const std::string& origin, const std::string& sha256, const ExpectedDigest& expected) {
  if (expected.sha256.empty() || expected.sha256 == sha256) return;
  throw Error("{}: has the SHA-256 {} instead of {}{}", origin, sha256, expected.sha256, expected.advice);
}

}  // namespace cfo::weights
