#include "storage/checkpoint/formats/nemo.h"

#include <fmt/ranges.h>

#include <optional>
#include <vector>

#include "base/error.h"
#include "storage/checkpoint/bytes/tar_reader.h"
#include "storage/checkpoint/pickle/torch_legacy.h"
#include "storage/checkpoint/pickle/torch_zip.h"

namespace cfo::storage {
namespace {

constexpr std::string_view weights_name = "model_weights.ckpt";
constexpr std::string_view config_name = "model_config.yaml";
constexpr std::size_t longest_config = 1 << 20;
constexpr std::size_t names_told = 4;

[[noreturn]] void refuse_without_weights(const std::string& origin, std::vector<std::string> names) {
  if (names.size() > names_told) {
    names.resize(names_told);
    names.emplace_back("...");
  }
  throw Error(
      "{}: is a tar archive without {}, so it is no .nemo file or was cut off (it holds {}); download it again, or "
      "unpack it with 'tar -xf' and name "
      "the checkpoint inside it",
      origin, weights_name, names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", ")));
}

/// The weights; the archive is read to its end, so that nothing in it goes unchecked.
CheckpointBytes weights_of(const CheckpointBytes& file) {
  TarReader tar(file);
  std::optional<CheckpointBytes> weights;
  std::vector<std::string> names;
  while (const auto name = tar.next()) {
    names.push_back("'" + printable(*name) + "'");
    if (*name == weights_name) weights = tar.read();
  }
  if (!weights) refuse_without_weights(file.origin, std::move(names));
  return *std::move(weights);
}

}  // namespace

CheckpointDocument read_nemo(const CheckpointBytes& file) {
  const CheckpointBytes weights = weights_of(file);
  if (is_zip(weights.bytes)) return read_torch_zip(weights);
  if (is_torch_legacy(weights.bytes)) return read_torch_legacy(weights);
  throw Error("{}: is no file of torch.save, so the .nemo file is damaged; download it again", weights.origin);
}

std::string nemo_config(const CheckpointBytes& file) {
  TarReader tar(file);
  while (const auto name = tar.next()) {
    if (*name != config_name) continue;
    const CheckpointBytes config = tar.read();
    if (config.bytes.size() > longest_config)
      throw Error("{}: has {} bytes, and a configuration has at most {}; the file is damaged or hostile, get it again",
                  config.origin, config.bytes.size(), longest_config);
    return std::string(config.bytes);
  }
  return "";
}

}  // namespace cfo::storage
