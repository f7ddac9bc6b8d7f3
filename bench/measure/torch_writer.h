// Files as torch.save writes them, for benchmarks of reading them where the published ones are not here.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

namespace cfo::bench {

/// Writes contiguous float32 tensors as a flat state dict, each over a storage of its own: a zip archive whose storages
/// begin at multiples of 64 bytes (torch/serialization.py, _save; below 4 GiB), or the container before torch 1.6
/// (_legacy_save). torch.load reads both. Throws Error when the file cannot be written or is too large.
void write_torch_zip(const std::filesystem::path& file, const std::map<std::string, at::Tensor>& tensors);
void write_torch_legacy(const std::filesystem::path& file, const std::map<std::string, at::Tensor>& tensors);

}  // namespace cfo::bench
