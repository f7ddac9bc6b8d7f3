// The containers that checkpoints come in. A reader is chosen by what a file begins with, never by its extension.
#pragma once

#include <span>
#include <string_view>

#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/checkpoint.h"
#include "storage/checkpoint/values/value.h"

namespace cfo::storage {

/// One container. To add one, write its `read` and name it in the table of container.cpp.
struct CheckpointContainer {
  std::string_view name;
  bool (*matches)(std::string_view bytes);
  CheckpointDocument (*read)(const CheckpointBytes& file);
};

/// The container that `file` is in. Throws Error for a file that is no checkpoint, saying what it looks like (a web page, a
/// git-lfs pointer, an archive, a container that is not read) and what to do.
const CheckpointContainer& container_of(const CheckpointBytes& file);

/// `read_checkpoint` and `describe_checkpoint` (storage/checkpoint/checkpoint.h) of bytes that are already at hand: a file inside
/// an archive, or a fuzzer's input.
TensorMap read_checkpoint(const CheckpointBytes& file, const CheckpointOptions& options = {});
CheckpointSummary describe_checkpoint(const CheckpointBytes& file);

/// Throws Error with what `bytes` look like, when they look like something known that is not a readable checkpoint.
void refuse_lookalike(const CheckpointBytes& file);

}  // namespace cfo::storage
