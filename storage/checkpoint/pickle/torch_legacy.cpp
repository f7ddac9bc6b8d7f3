#include "storage/checkpoint/pickle/torch_legacy.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "storage/checkpoint/pickle/pickle.h"
#include "storage/checkpoint/pickle/torch_tensors.h"

namespace cfo::storage {
namespace {

using namespace std::string_view_literals;

// torch/serialization.py: MAGIC_NUMBER as the pickle opcode LONG1 writes it, and PROTOCOL_VERSION.
constexpr std::string_view magic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv;
constexpr std::size_t longest_magic_pickle = 32;  // protocol and, from protocol 4 on, a frame come before it
constexpr std::int64_t protocol_version = 1001;

using StorageTypes = std::map<std::string, std::string, std::less<>>;       // key -> storage class
using StorageParts = std::map<std::string, std::string_view, std::less<>>;  // key -> bytes

/// Rebuilds nothing, and notes the class of each storage that a pickle names.
class StorageSurvey : public PickleObjects {
 public:
  explicit StorageSurvey(const std::string& origin) : origin_(origin) {}

  CheckpointValue persistent(const CheckpointValue& id) override {
    CheckpointValue value = persistent_value(id, origin_);
    const auto* storage = value.as<StorageValue>();
    if (storage && !types_.contains(storage->key)) types_.emplace(storage->key, storage->type);
    return value;
  }
  std::optional<CheckpointValue> rebuild(std::string_view, const SequenceValue&) override { return std::nullopt; }

  const StorageTypes& types() const { return types_; }

 private:
  const std::string& origin_;
  StorageTypes types_;
};

[[noreturn]] void damaged(const std::string& origin, std::string_view why) {
  throw Error("{}: the legacy torch file is damaged ({}); download the file again", origin, why);
}

/// Goes through the file from its start: pickles first, storages after them.
class LegacyStream {
 public:
  explicit LegacyStream(const CheckpointBytes& file) : file_(file), survey_(file.origin) {}

  std::size_t at() const { return at_; }

  /// The magic number, the protocol version and sys_info.
  void pass_preamble() {
    skip_pickle();
    require_version(*next_pickle());
    require_little_endian(*next_pickle());
  }

  /// One pickle whose values are not wanted.
  void skip_pickle() {
    CheckpointDocument dropped;
    at_ += read_pickle(rest(), file_.origin, dropped, survey_).size;
  }

  /// Where each storage lies that the list of keys names, with which the pickles end.
  StorageParts lay_out_storages() {
    const auto* keys = next_pickle()->as<SequenceValue>();
    if (keys == nullptr) damaged(file_.origin, "its list of storages is no list");
    StorageParts parts;
    for (const CheckpointValue* item : keys->items) {
      const auto* key = item->as<TextValue>();
      if (key == nullptr) damaged(file_.origin, "its list of storages holds something other than texts");
      if (!parts.emplace(key->text, take_storage(key->text)).second)
        damaged(file_.origin, "its list of storages names one twice");
    }
    return parts;
  }

 private:
  std::string_view rest() const { return file_.bytes.substr(at_); }

  const CheckpointValue* next_pickle() {
    const PickleResult pickle = read_pickle(rest(), file_.origin, document_, survey_);
    at_ += pickle.size;
    return pickle.root;
  }

  void require_version(const CheckpointValue& value) const {
    const auto* version = value.as<std::int64_t>();
    if (version == nullptr) damaged(file_.origin, "its protocol version is no number");
    if (*version != protocol_version)
      throw Error(
          "{}: is of legacy torch protocol {}, and {} is read; load it with the torch that wrote it and save it again "
          "with a current torch",
          file_.origin, *version, protocol_version);
  }

  void require_little_endian(const CheckpointValue& value) const {
    const auto* system = value.as<MappingValue>();
    if (system == nullptr) damaged(file_.origin, "its sys_info is no dict");
    for (const auto& [name, flag] : system->items) {
      const auto* text = name->as<TextValue>();
      const auto* little = flag->as<bool>();
      if (text && little && text->text == "little_endian" && !*little)
        throw Error(
            "{}: was saved on a big-endian machine, which is not read; load it with torch on such a machine and save "
            "it again with safetensors",
            file_.origin);
    }
  }

  std::int64_t element_bytes(std::string_view key) const {
    const auto type = survey_.types().find(key);
    if (type == survey_.types().end()) damaged(file_.origin, "its list of storages names one that no tensor uses");
    const auto bytes = bytes_of_element(type->second);
    if (!bytes)
      throw Error(
          "{}: the storage '{}' is of the class '{}', whose element size is unknown; save its state_dict again with a "
          "current torch",
          file_.origin, printable(key), printable(type->second));
    return *bytes;
  }

  std::string_view take_storage(std::string_view key) {
    const std::int64_t width = element_bytes(key);
    const auto count = number_at<std::int64_t>(file_.bytes, at_);
    if (!count) cut_off(key, "its element count", rest().size());
    if (*count < 0) damaged(file_.origin, "a storage has a negative element count");
    at_ += sizeof *count;
    const auto size = product(*count, width);
    const auto part = size ? part_of(file_.bytes, at_, static_cast<std::uint64_t>(*size)) : std::nullopt;
    if (!part) cut_off(key, fmt::format("{} elements of {} bytes", *count, width), rest().size());
    at_ += part->size();
    return *part;
  }

  [[noreturn]] void cut_off(std::string_view key, std::string_view wanted, std::size_t left) const {
    throw Error(
        "{}: the storage '{}' should have {}, but only {} bytes of the file are left; it was cut off or is hostile, "
        "download it again",
        file_.origin, printable(key), wanted, left);
  }

  const CheckpointBytes& file_;
  StorageSurvey survey_;
  CheckpointDocument document_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_torch_legacy(std::string_view bytes) {
  return bytes.starts_with('\x80') && bytes.substr(0, longest_magic_pickle).find(magic) != std::string_view::npos;
}

/// The object comes before its storages, so it is read twice: first to find its end and the classes of its storages,
/// then to lay tensors over them.
CheckpointDocument read_torch_legacy(const CheckpointBytes& file) {
  LegacyStream stream(file);
  stream.pass_preamble();
  const std::string_view object = file.bytes.substr(stream.at());
  stream.skip_pickle();
  const StorageParts parts = stream.lay_out_storages();
  const auto find = [&](std::string_view key) -> std::optional<CheckpointBytes> {
    const auto part = parts.find(key);
    if (part == parts.end()) return std::nullopt;
    return CheckpointBytes{file.origin, part->second, file.owner};
  };
  CheckpointDocument document;
  TorchTensors tensors({file.origin, "", find}, document.copies);
  document.root = read_pickle(object, file.origin, document, tensors).root;
  return document;
}

}  // namespace cfo::storage
