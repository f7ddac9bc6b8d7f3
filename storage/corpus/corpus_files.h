// What corpus layouts share: what stands in the way of using a file, and the corpus digest. For use inside
// storage/corpus.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "storage/corpus/corpus.h"

namespace cfo::storage {

/// Collects utterances and faults; finish() sorts, drops second files of one id (a fault each), and takes the digest.
class CorpusBuilder {
 public:
  /// Puts the utterance in, or a fault when its file is empty or its id could not stand in a text file.
  void add(Utterance utterance);
  void add_fault(std::string item, std::string reason);
  void add_faults(const std::vector<CorpusFault>& faults);
  void add_remark(std::string item, std::string reason);
  bool empty() const { return corpus_.utterances.empty() && corpus_.faults.empty(); }
  Corpus finish() &&;

 private:
  Corpus corpus_;
};

/// The layouts. Each throws Error when nothing below the root fits.
Corpus list_vctk(const CorpusOptions& options);
Corpus list_folder(const CorpusOptions& options);
Corpus list_protocol(const CorpusOptions& options);

}  // namespace cfo::storage
