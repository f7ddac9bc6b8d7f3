#include "storage/checkpoint.h"

#include <fmt/ranges.h>

#include "base/error.h"
#include "storage/checkpoint_container.h"
#include "storage/nemo.h"
#include "storage/tar_reader.h"

namespace cfo::storage {
namespace {

/// Why a file that could be read has no tensors to give.
std::string nothing_found(const CheckpointDocument& document, const CheckpointValue& value,
                          const CheckpointOptions& options, const std::string& origin) {
  const std::string place = options.nesting.empty() ? "" : fmt::format(" under '{}'", fmt::join(options.nesting, "."));
  if (!options.nesting.empty() && !tensors_below(*document.root, "", origin).empty())
    return fmt::format(
        "{}: there are no tensors{} but there are elsewhere; change the nesting setting "
        "(cfo-inspect checkpoint shows what the file holds)",
        origin, place);
  const std::string what = type_of(value);
  if (what.starts_with("opaque "))
    return fmt::format(
        "{}: holds no tensors{}, only the Python object '{}', which is never rebuilt because that would "
        "run the file's code; ask for its state_dict saved with torch.save",
        origin, place, what.substr(std::string_view("opaque ").size()));
  return fmt::format(
      "{}: holds no tensors{}; check that it is the weights file (cfo-inspect checkpoint shows what it "
      "holds)",
      origin, place);
}

}  // namespace

TensorMap read_checkpoint(const std::filesystem::path& file, const CheckpointOptions& options) {
  const CheckpointBytes bytes = map_checkpoint(file);
  return read_checkpoint(bytes, options);
}

TensorMap read_checkpoint(const CheckpointBytes& file, const CheckpointOptions& options) {
  const CheckpointDocument document = container_of(file).read(file);
  const CheckpointValue& value = descend(document, options.nesting, file.origin);
  TensorMap tensors = tensors_below(value, options.prefix, file.origin);
  if (tensors.empty()) throw Error(nothing_found(document, value, options, file.origin));
  return tensors;
}

CheckpointSummary describe_checkpoint(const std::filesystem::path& file) {
  return describe_checkpoint(map_checkpoint(file));
}

std::string read_model_config(const std::filesystem::path& file) {
  const CheckpointBytes bytes = map_checkpoint(file);
  return is_tar(bytes.bytes) ? nemo_config(bytes) : "";
}

CheckpointSummary describe_checkpoint(const CheckpointBytes& file) {
  const CheckpointContainer& container = container_of(file);
  return {std::string(container.name), entries_of(container.read(file), file.origin)};
}

}  // namespace cfo::storage
