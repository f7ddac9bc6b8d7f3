#include "storage/torch_zip_tensors.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/error.h"

namespace cfo::storage {
namespace {

// Places in the persistent id of a storage: torch/serialization.py, persistent_id.
constexpr std::size_t id_kind = 0;
constexpr std::size_t id_type = 1;
constexpr std::size_t id_key = 2;
constexpr std::size_t id_elements = 4;
constexpr std::size_t id_size = 5;
// Places in the arguments of torch._utils._rebuild_tensor_v2 and _v3.
constexpr std::size_t tensor_storage = 0;
constexpr std::size_t tensor_offset = 1;
constexpr std::size_t tensor_shape = 2;
constexpr std::size_t tensor_strides = 3;
constexpr std::size_t tensor_type_or_metadata = 6;
constexpr std::size_t tensor_metadata_v3 = 7;

constexpr std::array<std::string_view, 3> untyped_storages{"torch.storage.UntypedStorage", "torch.UntypedStorage",
                                                           "torch.storage._UntypedStorage"};

bool is_untyped(std::string_view type) {
  return std::find(untyped_storages.begin(), untyped_storages.end(), type) != untyped_storages.end();
}

/// "torch.FloatStorage" or "torch.float32" as a row of the element types; nullptr for others.
const CheckpointType* torch_type(std::string_view name) {
  constexpr std::string_view modules[] = {"torch.cuda.", "torch."};
  for (const std::string_view module : modules)
    if (name.starts_with(module)) return type_named(name.substr(module.size()));
  return nullptr;
}

template <typename Kind>
const Kind* argument(const SequenceValue& arguments, std::size_t place) {
  return place < arguments.items.size() ? arguments.items[place]->as<Kind>() : nullptr;
}

std::optional<std::vector<std::int64_t>> numbers(const SequenceValue* sequence) {
  if (sequence == nullptr || sequence->items.size() > most_dimensions) return std::nullopt;
  std::vector<std::int64_t> values;
  for (const CheckpointValue* item : sequence->items) {
    const auto* number = item->as<std::int64_t>();
    if (number == nullptr) return std::nullopt;
    values.push_back(*number);
  }
  return values;
}

/// Metadata names the lazy conjugate and negative bits (torch/_utils.py, set_tensor_metadata).
bool is_lazy(const SequenceValue& arguments, std::size_t place) {
  const auto* metadata = argument<MappingValue>(arguments, place);
  return metadata != nullptr && !metadata->items.empty();
}

}  // namespace

void TorchZipTensors::damaged(std::string_view why) const {
  throw Error("{}: the pickle in it is damaged ({}); download the file again", zip_.origin(), why);
}

std::string TorchZipTensors::where(const StorageValue& storage) const {
  return fmt::format("{}: the tensor over the storage '{}data/{}'", zip_.origin(), printable(folder_),
                     printable(storage.key));
}

CheckpointValue TorchZipTensors::persistent(const CheckpointValue& id) {
  const auto* parts = id.as<SequenceValue>();
  if (parts == nullptr || parts->items.size() < id_size) damaged("a persistent id is not that of a storage");
  const auto* kind = argument<TextValue>(*parts, id_kind);
  const auto* type = argument<GlobalValue>(*parts, id_type);
  const auto* key = argument<TextValue>(*parts, id_key);
  const auto* elements = argument<std::int64_t>(*parts, id_elements);
  if (!kind || kind->text != "storage" || !type || !key || !elements || *elements < 0)
    damaged("a persistent id is not that of a storage");
  return {StorageValue{key->text, type->name, *elements}};
}

std::optional<CheckpointValue> TorchZipTensors::rebuild(std::string_view name, const SequenceValue& arguments) {
  if (name == "torch._utils._rebuild_tensor_v2" || name == "torch._utils._rebuild_tensor")
    return tensor(arguments, true);
  if (name == "torch._utils._rebuild_tensor_v3") return tensor(arguments, false);
  if (name == "torch._utils._rebuild_parameter" || name == "torch._utils._rebuild_parameter_with_state") {
    const auto* data = argument<at::Tensor>(arguments, 0);
    if (data == nullptr) return std::nullopt;
    return CheckpointValue{*data};
  }
  if (name == "torch._tensor._rebuild_from_type_v2" || name == "torch._tensor._rebuild_from_type")
    return wrapped(arguments);
  if (name == "torch.Size") {
    const auto sizes = numbers(argument<SequenceValue>(arguments, 0));
    if (!sizes) return std::nullopt;
    return CheckpointValue{SequenceValue{SequenceValue::Kind::tuple, argument<SequenceValue>(arguments, 0)->items}};
  }
  return std::nullopt;
}

std::optional<CheckpointValue> TorchZipTensors::wrapped(const SequenceValue& arguments) {
  const auto* function = argument<GlobalValue>(arguments, 0);
  const auto* inner = argument<SequenceValue>(arguments, 2);
  if (!function || !inner || !function->name.starts_with("torch._utils._rebuild_")) return std::nullopt;
  return rebuild(function->name, *inner);
}

CheckpointValue TorchZipTensors::tensor(const SequenceValue& arguments, bool typed) {
  const auto* storage = argument<StorageValue>(arguments, tensor_storage);
  const auto* offset = argument<std::int64_t>(arguments, tensor_offset);
  auto shape = numbers(argument<SequenceValue>(arguments, tensor_shape));
  auto strides = numbers(argument<SequenceValue>(arguments, tensor_strides));
  if (!storage || !offset || !shape || !strides) damaged("a tensor lacks its storage, offset, shape or strides");
  const auto* dtype = argument<GlobalValue>(arguments, tensor_type_or_metadata);
  if (!typed && !dtype) damaged("a tensor over an untyped storage lacks its element type");
  const std::string_view type_name = typed ? storage->type : std::string_view(dtype->name);
  const CheckpointType* type = torch_type(type_name);
  if (type == nullptr) return {OpaqueValue{type_name}};
  if (is_lazy(arguments, typed ? tensor_type_or_metadata : tensor_metadata_v3))
    return {OpaqueValue{"tensor with a conjugate or negative bit"}};
  const std::string place = where(*storage);
  return {tensor_over(bytes_for(*storage, *type, place), {type->type, std::move(*shape), std::move(*strides), *offset},
                      place)};
}

TensorBytes TorchZipTensors::bytes_for(const StorageValue& storage, const CheckpointType& type,
                                       const std::string& place) {
  const std::int64_t width = is_untyped(storage.type) ? 1 : type.bytes;
  const auto claimed = product(storage.elements, width);
  Loaded& loaded = load(storage, place);
  if (!claimed || static_cast<std::uint64_t>(*claimed) > loaded.bytes.bytes.size())
    throw Error(
        "{} should have {} elements of {} bytes, but the storage has only {} bytes; the file is damaged or "
        "hostile, get it again",
        place, storage.elements, width, loaded.bytes.bytes.size());
  if (type.type == at::kBool && !std::exchange(loaded.holds_bools, true)) require_bools(loaded.bytes.bytes, place);
  return {loaded.bytes.bytes.substr(0, static_cast<std::size_t>(*claimed)), loaded.bytes.owner};
}

TorchZipTensors::Loaded& TorchZipTensors::load(const StorageValue& storage, const std::string& place) {
  const auto found = loaded_.find(storage.key);
  if (found != loaded_.end()) return found->second;
  const std::string entry = folder_ + "data/" + std::string(storage.key);
  if (!zip_.has(entry)) throw Error("{} has no data, as the archive lacks that entry; download the file again", place);
  CheckpointBytes bytes = zip_.read(entry);
  Loaded loaded{aligned(bytes.bytes, std::move(bytes.owner))};
  return loaded_.emplace(std::string(storage.key), std::move(loaded)).first->second;
}

}  // namespace cfo::storage
