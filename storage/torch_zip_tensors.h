// Tensors of a torch.save archive: what its pickle says of them, laid over the archive's storages.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "storage/checkpoint_tensor.h"
#include "storage/pickle.h"
#include "storage/zip_archive.h"

namespace cfo::storage {

/// Rebuilds tensors and parameters (torch/_utils.py: _rebuild_tensor, _v2, _v3, _rebuild_parameter,
/// _rebuild_parameter_with_state; torch/_tensor.py: _rebuild_from_type_v2 around one of these) and torch.Size. Tensors
/// that share a storage share memory here. A tensor of an element type outside the table of checkpoint_tensor.cpp
/// becomes an OpaqueValue with the name of its type, a lazily conjugated or negated one an OpaqueValue that says so.
class TorchZipTensors : public PickleObjects {
 public:
  /// `folder` is the part of the entries' names before "data/". `zip` must outlive this.
  TorchZipTensors(ZipArchive& zip, std::string folder) : zip_(zip), folder_(std::move(folder)) {}

  CheckpointValue persistent(const CheckpointValue& id) override;
  std::optional<CheckpointValue> rebuild(std::string_view name, const SequenceValue& arguments) override;

 private:
  struct Loaded {
    TensorBytes bytes;
    bool holds_bools = false;  ///< found to hold nothing but 0 and 1
  };

  CheckpointValue tensor(const SequenceValue& arguments, bool typed);
  std::optional<CheckpointValue> wrapped(const SequenceValue& arguments);
  Loaded& load(const StorageValue& storage, const std::string& where);
  TensorBytes bytes_for(const StorageValue& storage, const CheckpointType& type, const std::string& where);
  std::string where(const StorageValue& storage) const;
  [[noreturn]] void damaged(std::string_view why) const;

  ZipArchive& zip_;
  std::string folder_;
  std::map<std::string, Loaded, std::less<>> loaded_;
};

}  // namespace cfo::storage
