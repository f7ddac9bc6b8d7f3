// Published weights of countermeasures and their front-ends: where the files lie, and what is read of them.
#pragma once

#include <filesystem>
#include <string>

#include "nodes/networks/detectors/detector.h"

namespace cfo::weights {

/// `text` itself where there is such a file or it is an absolute path, else weights_root() / `text`.
std::filesystem::path published_file(const std::string& text);

/// "" when the file is there, else a sentence that says where it is looked for.
std::string why_not_published(const std::string& text);

/// Text that changes when the file changes (its size and time are looked at, not its bytes).
std::string published_fingerprint(const std::string& text);

/// The state dict of a published file. Of a fairseq checkpoint (xlsr2_300m.pt) it is `model`: the configuration objects
/// beside it stay opaque, the optimiser's moments unread. Throws Error as storage::read_checkpoint.
TensorMap read_published(const std::filesystem::path& file);

}  // namespace cfo::weights
