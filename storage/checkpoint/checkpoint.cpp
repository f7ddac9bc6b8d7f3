#include "storage/checkpoint/checkpoint.h"

#include <fmt/ranges.h>

#include "base/error.h"
#include "storage/checkpoint/bytes/tar_reader.h"
#include "storage/checkpoint/container.h"
#include "storage/checkpoint/formats/nemo.h"
#include "storage/checkpoint/hugging_face.h"

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

CheckpointBytes map_file_or_folder(const std::filesystem::path& path) {
  std::error_code fault;
  return map_checkpoint(std::filesystem::is_directory(path, fault) ? weights_in_folder(path) : path);
}

}  // namespace

TensorMap read_checkpoint(const std::filesystem::path& file, const CheckpointOptions& options) {
  return read_checkpoint(map_file_or_folder(file), options);
}

TensorMap read_checkpoint(const CheckpointBytes& file, const CheckpointOptions& options) {
  CheckpointDocument document = container_of(file).read(file);
  const CheckpointValue& value = descend(document, options.nesting, file.origin);
  TensorMap tensors = tensors_below(value, options.prefix, file.origin);
  if (tensors.empty()) throw Error(nothing_found(document, value, options, file.origin));
  for (const auto& [name, tensor] : tensors) document.copies.fill(tensor);
  return tensors;
}

CheckpointSummary describe_checkpoint(const std::filesystem::path& file) {
  return describe_checkpoint(map_file_or_folder(file));
}

std::string read_model_config(const std::filesystem::path& file) {
  std::error_code fault;
  if (std::filesystem::is_directory(file, fault)) return folder_config(file);
  const CheckpointBytes bytes = map_checkpoint(file);
  return is_tar(bytes.bytes) ? nemo_config(bytes) : "";
}

CheckpointSummary describe_checkpoint(const CheckpointBytes& file) {
  const CheckpointContainer& container = container_of(file);
  return {std::string(container.name), entries_of(container.read(file), file.origin)};
}

}  // namespace cfo::storage
