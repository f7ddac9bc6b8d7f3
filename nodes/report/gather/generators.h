// What is known of the codec-based speech generation systems (CoSG) that detectors are tested on:
// graphs/generators.yaml.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cfo::report {

/// A row of paper Table III.
struct GeneratorFacts {
  std::string name;   ///< of the test set, as in the authors' protocol: "GPST"
  std::string title;  ///< for people: "NaturalSpeech 3"
  std::string codec, quantizer, auxiliary, decoder, source;
  int64_t published_utterances = 0;  ///< in the paper, bona fide ones included
  std::vector<std::string> like;     ///< codec models whose re-synthesised speech corresponds to it
};

/// In the paper's order, from generators.yaml of graphs_folder() (base/installation.h); none when it is missing. Reads
/// it once a process. Throws Error with file and line for a mistake in it.
const std::vector<GeneratorFacts>& all_generators();

/// Null for a name that is none of them.
const GeneratorFacts* find_generator(const std::string& name);

}  // namespace cfo::report
