// Codebooks of a built-in codec, fitted on made-up speech, for tests of programs that want --tables.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/networks/codecs/card.h"
#include "nodes/networks/codecs/mdct/mdct.h"
#include "nodes/networks/tensors/compute.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/programs.h"

namespace cfo::test {

inline TensorMap fit_tables(const codecs::Card& card) {
  constexpr unsigned voices = 12;
  constexpr double seconds = 4;
  const tensors::Inference inference;
  std::vector<at::Tensor> waves;
  for (unsigned seed = 1; seed <= voices; ++seed) {
    const auto samples = voice(seconds, seed, card.sample_rate);
    waves.push_back(at::empty({static_cast<int64_t>(samples.size())}, at::kFloat));
    std::copy(samples.begin(), samples.end(), waves.back().data_ptr<float>());
  }
  return codecs::fit_mdct(card, waves, 1, {});
}

/// Writes the codebooks of `codec` (fitted once a process) to `file`.
inline void write_tables(const std::filesystem::path& file, const std::string& codec) {
  static std::map<std::string, TensorMap> fitted;
  const auto found = fitted.find(codec);
  const auto& tables =
      found != fitted.end() ? found->second : fitted.emplace(codec, fit_tables(codecs::find_card(codec))).first->second;
  std::filesystem::create_directories(file.parent_path());
  storage::write_safetensors(file, tables);
}

}  // namespace cfo::test
