// Files that came by another way than cfo-weights fetch, checked and filed.
#pragma once

#include <atomic>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "nodes/weights/catalogue.h"

namespace cfo::weights {

struct Added {
  std::filesystem::path path;
  std::string sha256;
  bool fits = false;  ///< whether the network could be built: all of the model's files are here
};

/// Copies `files` to where the model's files belong (sharing their blocks where the file system can) and records them
/// in weights.lock. A file is told by its name; one whose model has but one file may be called anything; an archive is
/// taken where the card names a member of one. Nothing is changed unless every file opens, has the digest that is known
/// for it, and the model's network can be built from them and what is here. Throws Error or OutOfSpace.
std::vector<Added> add_files(const Published& model, std::span<const std::filesystem::path> files, bool update_lock,
                             const std::atomic<bool>& stop);

}  // namespace cfo::weights
