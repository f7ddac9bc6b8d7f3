#include "storage/checkpoint/hugging_face.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/durable_file.h"
#include "base/error.h"
#include "storage/checkpoint/bytes/json.h"
#include "storage/checkpoint/formats/safetensors.h"
#include "storage/checkpoint/pickle/torch_legacy.h"
#include "storage/checkpoint/pickle/torch_zip.h"

namespace cfo::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> weight_files{"model.safetensors", "model.safetensors.index.json",
                                                       "pytorch_model.bin", "pytorch_model.bin.index.json"};
constexpr std::string_view map_key = "weight_map";
constexpr std::size_t longest_index = 256u << 20;
constexpr std::size_t longest_config = 1 << 20;
constexpr std::size_t most_shards = 4096;
constexpr int deepest_index = 3;

using Names = std::map<std::string, std::vector<std::string>>;  // shard -> its tensors by the index

[[noreturn]] void damaged(const std::string& origin, std::string_view why) {
  throw Error("{}: the index of shards is damaged ({}); download it again", origin, why);
}

Names names_in(const CheckpointBytes& index) {
  if (index.bytes.size() > longest_index)
    throw Error("{}: the index of shards has {} bytes, more than the {} allowed; get it again", index.origin,
                index.bytes.size(), longest_index);
  const auto json =
      parse_json_object(index.bytes, deepest_index, [&](const std::string& why) { damaged(index.origin, why); });
  const auto found = json.find(map_key);
  if (found == json.end() || !found->is_object()) damaged(index.origin, "it has no weight_map");
  Names shards;
  for (const auto& [tensor, shard] : found->items()) {
    if (!shard.is_string()) damaged(index.origin, fmt::format("the shard of '{}' is no file name", printable(tensor)));
    shards[shard.get<std::string>()].push_back(tensor);
  }
  if (shards.empty()) damaged(index.origin, "its weight_map is empty");
  if (shards.size() > most_shards)
    throw Error("{}: the index names {} shards, more than the {} allowed; get it again", index.origin, shards.size(),
                most_shards);
  return shards;
}

CheckpointDocument read_shard(const CheckpointBytes& shard) {
  if (is_safetensors(shard.bytes)) return read_safetensors(shard);
  if (is_zip(shard.bytes)) return read_torch_zip(shard);
  if (is_torch_legacy(shard.bytes)) return read_torch_legacy(shard);
  throw Error(
      "{}: is a shard of a Hugging Face model but neither safetensors nor a file of torch.save; download it again",
      shard.origin);
}

class Shards {
 public:
  explicit Shards(const CheckpointBytes& index) : index_(index) {}

  CheckpointDocument read() {
    for (const auto& [shard, tensors] : names_in(index_)) add(shard, tensors);
    document_.root = document_.add({std::move(all_)});
    return std::move(document_);
  }

 private:
  void add(const std::string& shard, const std::vector<std::string>& wanted) {
    CheckpointDocument part = read_shard(map_beside(index_, shard));
    const auto* values = part.root->as<MappingValue>();
    if (values == nullptr)
      throw Error("{}: the shard '{}' holds no dict of tensors; download it again", index_.origin, printable(shard));
    std::set<std::string_view> here;
    for (const auto& [key, value] : values->items) {
      const auto* name = key->as<TextValue>();
      if (name == nullptr || value->as<at::Tensor>() == nullptr) continue;
      here.insert(name->text);
      if (!names_.insert(name->text).second)
        throw Error(
            "{}: the tensor '{}' is twice in the shards, in '{}' and before; get the files from their publisher",
            index_.origin, printable(name->text), printable(shard));
      all_.items.emplace_back(key, value);
    }
    for (const std::string& name : wanted) {
      if (!here.contains(name))
        throw Error("{}: says that the tensor '{}' is in '{}', and it is not there; download that file again",
                    index_.origin, printable(name), printable(shard));
    }
    document_.adopt(std::move(part));
  }

  const CheckpointBytes& index_;
  CheckpointDocument document_;
  MappingValue all_;
  std::set<std::string> names_;
};

}  // namespace

fs::path weights_in_folder(const fs::path& folder) {
  const auto found = std::find_if(weight_files.begin(), weight_files.end(),
                                  [&](std::string_view name) { return fs::exists(folder / name); });
  if (found != weight_files.end()) return folder / *found;
  throw Error(
      "{}: is a folder without model.safetensors, pytorch_model.bin or an index of their shards; name the checkpoint "
      "file inside it",
      folder.string());
}

std::string folder_config(const fs::path& folder) {
  const fs::path file = folder / "config.json";
  std::error_code fault;
  if (!fs::is_regular_file(file, fault)) return "";
  if (const auto size = fs::file_size(file, fault); size > longest_config)
    throw Error("{}: has {} bytes, and a configuration has at most {}; the file is damaged or hostile, get it again",
                file.string(), size, longest_config);
  return read_text(file);
}

bool is_shard_index(std::string_view bytes) {
  constexpr std::size_t metadata = 1 << 16;  // comes before, or else after, the map
  const std::size_t first = bytes.substr(0, 64).find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || bytes[first] != '{') return false;
  return bytes.substr(0, metadata).find("\"weight_map\"") != std::string_view::npos;
}

CheckpointDocument read_shard_index(const CheckpointBytes& index) { return Shards(index).read(); }

}  // namespace cfo::storage
