// t-SNE maps of what detectors make of bona fide and spoofed speech (paper Figure 7).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/report/gather/remarks.h"
#include "storage/run_folder/finished_files.h"

namespace cfo::report {

struct Detection;

struct MappedUtterance {
  std::string utterance_id;
  bool bona_fide = false;
  double x = 0, y = 0;
};

/// One detector on one test set.
struct EmbeddingMap {
  std::string model, test;
  std::vector<std::string> files;  ///< of RUN/embeddings, below the run folder
  std::vector<MappedUtterance> utterances;
  double perplexity = 0, divergence = 0;  ///< of the map; nats
};

struct EmbeddingMaps {
  std::vector<EmbeddingMap> maps;
  Remarks remarks;
};

/// Of the detectors that the paper shows, else of the first six: each on the generator of the case study where the run
/// has CoSG speech, else on its own codec. At most 400 utterances a class, evenly spread. Takes seconds a map.
EmbeddingMaps gather_embedding_maps(const storage::FinishedFiles& files, const Detection& detection);

}  // namespace cfo::report
