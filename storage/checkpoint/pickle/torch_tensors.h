// Tensors of torch.save: what its pickle says of them, laid over the storages of the container.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/pickle/pickle.h"
#include "storage/checkpoint/values/tensor.h"

namespace cfo::storage {

/// Where a container keeps the elements of its tensors.
struct TorchStorages {
  std::string origin;  ///< the file, as error sentences name it
  std::string folder;  ///< put before a storage's key in sentences ("archive/data/")
  /// The bytes of a storage, or nothing when the container has none of that key.
  std::function<std::optional<CheckpointBytes>(std::string_view key)> find;
};

/// What a persistent id of torch.save stands for: a storage, a view of one (early torch), or the class of a module
/// (legacy files of whole modules). The value refers to the texts of `id`. Throws Error naming `origin` for any other
/// id.
CheckpointValue persistent_value(const CheckpointValue& id, const std::string& origin);

/// The bytes of one element of a storage class ("torch.FloatStorage", "torch.cuda.HalfStorage"), also of those whose
/// tensors stay opaque (complex, quantised); nothing for a name that is no storage of torch.
std::optional<std::int64_t> bytes_of_element(std::string_view storage_class);

/// Rebuilds tensors and parameters (torch/_utils.py: _rebuild_tensor, _v2, _v3, _rebuild_parameter,
/// _rebuild_parameter_with_state; torch/_tensor.py: _rebuild_from_type_v2 around one of these) and torch.Size. Tensors
/// that share a storage share memory here. A tensor of an element type outside the table of checkpoint_tensor.cpp
/// becomes an OpaqueValue with the name of its type, a lazily conjugated or negated one an OpaqueValue that says so.
class TorchTensors : public PickleObjects {
 public:
  /// `copies`: of the document that the tensors go into.
  TorchTensors(TorchStorages storages, AlignedCopies& copies) : storages_(std::move(storages)), copies_(copies) {}

  CheckpointValue persistent(const CheckpointValue& id) override { return persistent_value(id, storages_.origin); }
  std::optional<CheckpointValue> rebuild(std::string_view name, const SequenceValue& arguments) override;

 private:
  struct Loaded {
    TensorBytes bytes;
    std::string_view stored;   ///< the same in the file
    bool holds_bools = false;  ///< found to hold nothing but 0 and 1
  };

  CheckpointValue tensor(const SequenceValue& arguments, bool typed);
  std::optional<CheckpointValue> wrapped(const SequenceValue& arguments);
  Loaded& load(const StorageValue& storage, const std::string& where);
  TensorBytes bytes_for(const StorageValue& storage, const CheckpointType& type, const std::string& where);
  std::string where(const StorageValue& storage) const;

  TorchStorages storages_;
  AlignedCopies& copies_;
  std::map<std::string, Loaded, std::less<>> loaded_;
};

}  // namespace cfo::storage
