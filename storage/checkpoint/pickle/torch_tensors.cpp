#include "storage/checkpoint/pickle/torch_tensors.h"

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
constexpr std::size_t id_view = 5;  // of legacy files: None, or (key, first element, elements) of the view
constexpr std::size_t view_offset = 1;
constexpr std::size_t view_elements = 2;
constexpr std::size_t longest_key = 256;  // torch.save writes numbers
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

/// "FloatStorage" of "torch.FloatStorage" and "torch.cuda.FloatStorage"; empty for other modules.
std::string_view torch_name(std::string_view name) {
  constexpr std::string_view modules[] = {"torch.cuda.", "torch."};
  for (const std::string_view module : modules)
    if (name.starts_with(module)) return name.substr(module.size());
  return {};
}

/// Storages of element types that no tensor here holds: torch/storage.py, _storage_type_to_dtype_map.
struct OtherStorage {
  std::string_view name;
  std::int64_t bytes;
};
constexpr OtherStorage other_storages[] = {
    {"ComplexDoubleStorage", 16}, {"ComplexFloatStorage", 8}, {"QInt32Storage", 4},   {"QInt8Storage", 1},
    {"QUInt8Storage", 1},         {"QUInt4x2Storage", 1},     {"QUInt2x4Storage", 1},
};

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

[[noreturn]] void damaged(const std::string& origin, std::string_view why) {
  throw Error("{}: the pickle in it is damaged ({}); download the file again", origin, why);
}

bool is_count(const std::int64_t* number) { return number != nullptr && *number >= 0; }

std::optional<StorageValue> storage_value(const SequenceValue& id) {
  const auto* type = argument<GlobalValue>(id, id_type);
  const auto* key = argument<TextValue>(id, id_key);
  const auto* elements = argument<std::int64_t>(id, id_elements);
  if (!type || !key || key->text.size() > longest_key || !is_count(elements)) return std::nullopt;
  return StorageValue{key->text, type->name, *elements};
}

/// The part of a storage that an id with a view means; units are elements. A view of an untyped storage is refused, as
/// it could misalign a tensor.
std::optional<StorageValue> view_value(const SequenceValue& id) {
  auto storage = storage_value(id);
  if (!storage || id.items.size() <= id_view || argument<NoneValue>(id, id_view)) return storage;
  const auto* view = argument<SequenceValue>(id, id_view);
  const auto* offset = view ? argument<std::int64_t>(*view, view_offset) : nullptr;
  const auto* elements = view ? argument<std::int64_t>(*view, view_elements) : nullptr;
  if (!is_count(offset) || !is_count(elements) || is_untyped(storage->type)) return std::nullopt;
  return StorageValue{storage->key, storage->type, *elements, *offset};
}

}  // namespace

CheckpointValue persistent_value(const CheckpointValue& id, const std::string& origin) {
  constexpr std::string_view unknown = "a persistent id is not that of a storage";
  const auto* parts = id.as<SequenceValue>();
  const auto* kind = parts ? argument<TextValue>(*parts, id_kind) : nullptr;
  if (kind == nullptr) damaged(origin, unknown);
  const auto* module = argument<GlobalValue>(*parts, id_type);
  if (kind->text == "module" && module) return {*module};
  const auto storage = kind->text == "storage" && parts->items.size() >= id_size ? view_value(*parts) : std::nullopt;
  if (!storage) damaged(origin, unknown);
  return {*storage};
}

std::optional<std::int64_t> bytes_of_element(std::string_view storage_class) {
  if (is_untyped(storage_class)) return 1;
  const std::string_view name = torch_name(storage_class);
  if (const CheckpointType* type = type_named(name)) return type->bytes;
  const auto* other = std::find_if(std::begin(other_storages), std::end(other_storages),
                                   [&](const OtherStorage& row) { return row.name == name; });
  return other == std::end(other_storages) ? std::nullopt : std::optional(other->bytes);
}

std::string TorchTensors::where(const StorageValue& storage) const {
  return fmt::format("{}: the tensor over the storage '{}{}'", storages_.origin, printable(storages_.folder),
                     printable(storage.key));
}

std::optional<CheckpointValue> TorchTensors::rebuild(std::string_view name, const SequenceValue& arguments) {
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

std::optional<CheckpointValue> TorchTensors::wrapped(const SequenceValue& arguments) {
  const auto* function = argument<GlobalValue>(arguments, 0);
  const auto* inner = argument<SequenceValue>(arguments, 2);
  if (!function || !inner || !function->name.starts_with("torch._utils._rebuild_")) return std::nullopt;
  return rebuild(function->name, *inner);
}

CheckpointValue TorchTensors::tensor(const SequenceValue& arguments, bool typed) {
  const auto* storage = argument<StorageValue>(arguments, tensor_storage);
  const auto* offset = argument<std::int64_t>(arguments, tensor_offset);
  auto shape = numbers(argument<SequenceValue>(arguments, tensor_shape));
  auto strides = numbers(argument<SequenceValue>(arguments, tensor_strides));
  if (!storage || !offset || !shape || !strides)
    damaged(storages_.origin, "a tensor lacks its storage, offset, shape or strides");
  const auto* dtype = argument<GlobalValue>(arguments, tensor_type_or_metadata);
  if (!typed && !dtype) damaged(storages_.origin, "a tensor over an untyped storage lacks its element type");
  const std::string_view type_name = typed ? storage->type : std::string_view(dtype->name);
  const CheckpointType* type = type_named(torch_name(type_name));
  if (type == nullptr) return {OpaqueValue{type_name}};
  if (is_lazy(arguments, typed ? tensor_type_or_metadata : tensor_metadata_v3))
    return {OpaqueValue{"tensor with a conjugate or negative bit"}};
  const std::string place = where(*storage);
  return {tensor_over(bytes_for(*storage, *type, place), {type->type, std::move(*shape), std::move(*strides), *offset},
                      place)};
}

TensorBytes TorchTensors::bytes_for(const StorageValue& storage, const CheckpointType& type, const std::string& place) {
  const std::int64_t width = is_untyped(storage.type) ? 1 : type.bytes;
  const auto first = product(storage.offset, width);
  const auto size = product(storage.elements, width);
  Loaded& loaded = load(storage, place);
  const auto part =
      first && size ? part_of(loaded.bytes.bytes, static_cast<std::uint64_t>(*first), static_cast<std::uint64_t>(*size))
                    : std::nullopt;
  if (!part)
    throw Error(
        "{} should have {} elements of {} bytes, but the storage has only {} bytes; the file is damaged or "
        "hostile, get it again",
        place, static_cast<std::uint64_t>(storage.offset) + static_cast<std::uint64_t>(storage.elements), width,
        loaded.bytes.bytes.size());
  if (type.type == at::kBool && !std::exchange(loaded.holds_bools, true)) require_bools(loaded.stored, place);
  return {*part, loaded.bytes.owner};
}

TorchTensors::Loaded& TorchTensors::load(const StorageValue& storage, const std::string& place) {
  const auto found = loaded_.find(storage.key);
  if (found != loaded_.end()) return found->second;
  auto bytes = storages_.find(storage.key);
  if (!bytes) throw Error("{} has no data, as the file lacks that storage; download the file again", place);
  Loaded loaded{copies_.aligned(bytes->bytes, bytes->owner), bytes->bytes};
  return loaded_.emplace(std::string(storage.key), std::move(loaded)).first->second;
}

}  // namespace cfo::storage
