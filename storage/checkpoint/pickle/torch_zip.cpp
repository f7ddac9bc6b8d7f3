#include "storage/checkpoint/pickle/torch_zip.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "storage/checkpoint/pickle/pickle.h"
#include "storage/checkpoint/pickle/torch_tensors.h"

namespace cfo::storage {
namespace {

constexpr std::string_view pickle_name = "data.pkl";
constexpr std::uint64_t small_record = 64;  // byteorder and version are a few characters
// kMinSupportedFileFormatVersion and kMaxSupportedFileFormatVersion of torch's caffe2/serialize/versions.h
constexpr int oldest_version = 1;
constexpr int newest_version = 10;

[[noreturn]] void refuse_without_pickle(const ZipArchive& zip) {
  const auto has_arrays = std::any_of(zip.entries().begin(), zip.entries().end(),
                                      [](const auto& entry) { return entry.first.ends_with(".npy"); });
  if (has_arrays)
    throw Error(
        "{}: is a numpy archive (.npz), which is not read; save it in Python with "
        "safetensors.numpy.save_file(dict(numpy.load(OLD)), NEW)",
        zip.origin());
  throw Error(
      "{}: is a zip archive without data.pkl, so torch.save did not write it; unpack it and name the checkpoint "
      "inside it",
      zip.origin());
}

/// The folder inside the archive that holds data.pkl ("archive/", "model/", or "").
std::string folder_of_pickle(const ZipArchive& zip) {
  std::vector<std::string> folders;
  for (const auto& [name, entry] : zip.entries()) {
    if (!name.ends_with(pickle_name)) continue;
    std::string folder = name.substr(0, name.size() - pickle_name.size());
    if (folder.empty() || folder.ends_with('/')) folders.push_back(std::move(folder));
  }
  if (folders.empty()) refuse_without_pickle(zip);
  if (folders.size() > 1)
    throw Error(
        "{}: has several data.pkl ('{}' and '{}' among them), so which is the checkpoint is unclear; save it again "
        "with torch.save",
        zip.origin(), printable(folders[0] + "data.pkl"), printable(folders[1] + "data.pkl"));
  return folders[0];
}

void refuse_torchscript(const ZipArchive& zip, const std::string& folder) {
  const std::string code = folder + "code/";
  const auto next = zip.entries().lower_bound(code);
  const bool has_code = next != zip.entries().end() && next->first.starts_with(code);
  if (!has_code && !zip.has(folder + "constants.pkl")) return;
  throw Error(
      "{}: is a TorchScript module, not a state dict; run it as a codec with 'backend: torchscript', or save its "
      "weights: python3 -c \"import sys, torch; torch.save(torch.jit.load(sys.argv[1], "
      "map_location='cpu').state_dict(), sys.argv[2])\" OLD NEW",
      zip.origin());
}

std::string small_text(ZipArchive& zip, const std::string& name) {
  const CheckpointBytes record = zip.read(name);
  std::string text(record.bytes.substr(0, small_record));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

void require_little_endian(ZipArchive& zip, const std::string& folder) {
  const std::string name = folder + "byteorder";
  if (!zip.has(name)) return;  // torch before 2.0 does not write it, and wrote little-endian on all common machines
  const std::string order = small_text(zip, name);
  if (order == "big")
    throw Error(
        "{}: was saved on a big-endian machine, which is not read; load it with torch 2.1 or later on this machine "
        "and save it again with torch.save",
        zip.origin());
  if (order != "little")
    throw Error("{}: its byteorder entry says '{}', neither 'little' nor 'big'; the file is damaged, download it again",
                zip.origin(), printable(order));
}

void require_version(ZipArchive& zip, const std::string& folder) {
  const std::string name = folder + "version";
  if (!zip.has(name)) return;
  const std::string text = small_text(zip, name);
  int version = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), version);
  const bool is_number = problem == std::errc() && end == text.data() + text.size();
  if (!is_number || version < oldest_version || version > newest_version)
    throw Error("{}: is of torch file format '{}', and {} to {} are read; save it again with another version of torch",
                zip.origin(), printable(text), oldest_version, newest_version);
}

TorchStorages storages_of(ZipArchive& zip, const std::string& folder) {
  const std::string storages = folder + "data/";
  const auto find = [&zip, storages](std::string_view key) -> std::optional<CheckpointBytes> {
    const std::string name = storages + std::string(key);
    if (!zip.has(name)) return std::nullopt;
    return zip.read(name);
  };
  return {zip.origin(), storages, find};
}

}  // namespace

CheckpointDocument read_torch_zip(const CheckpointBytes& file) {
  ZipArchive zip(file);
  const std::string folder = folder_of_pickle(zip);
  refuse_torchscript(zip, folder);
  require_version(zip, folder);
  require_little_endian(zip, folder);
  CheckpointDocument document;
  TorchTensors tensors(storages_of(zip, folder), document.copies);
  const CheckpointBytes pickle = zip.read(folder + std::string(pickle_name));
  document.root = read_pickle(pickle.bytes, file.origin, document, tensors).root;
  return document;
}

}  // namespace cfo::storage
