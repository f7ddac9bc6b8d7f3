#include "storage/checkpoint/container.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "base/error.h"
#include "storage/checkpoint/bytes/tar_reader.h"
#include "storage/checkpoint/formats/nemo.h"
#include "storage/checkpoint/formats/npy.h"
#include "storage/checkpoint/formats/onnx.h"
#include "storage/checkpoint/formats/safetensors.h"
#include "storage/checkpoint/hugging_face.h"
#include "storage/checkpoint/pickle/torch_legacy.h"
#include "storage/checkpoint/pickle/torch_zip.h"

namespace cfo::storage {
namespace {

using namespace std::string_view_literals;

constexpr CheckpointContainer containers[] = {
    {"torch zip", is_zip, read_torch_zip},
    {"torch legacy", is_torch_legacy, read_torch_legacy},
    {"safetensors", is_safetensors, read_safetensors},
    {"NeMo", is_tar, read_nemo},
    {"numpy array", is_npy, read_npy},
    {"ONNX", is_onnx, read_onnx},
    {"Hugging Face shards", is_shard_index, read_shard_index},
};

/// Something else that people find under a checkpoint's name; `advice` ends the sentence.
struct Lookalike {
  bool (*matches)(std::string_view bytes);
  std::string_view advice;
};

bool has_at(std::string_view bytes, std::size_t offset, std::string_view mark) {
  return bytes.size() >= offset + mark.size() && bytes.substr(offset, mark.size()) == mark;
}

/// The start of a text file: spaces and a byte order mark dropped, lower case.
std::string text_start(std::string_view bytes) {
  if (has_at(bytes, 0, "\xef\xbb\xbf"sv)) bytes.remove_prefix(3);
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  std::string start(first == std::string_view::npos ? "" : bytes.substr(first, 64));
  std::transform(start.begin(), start.end(), start.begin(), [](unsigned char c) { return std::tolower(c); });
  return start;
}

bool is_web_page(std::string_view bytes) {
  const std::string start = text_start(bytes);
  return start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<?xml") ||
         start.starts_with("<head") || start.starts_with("<error");
}
bool is_lfs_pointer(std::string_view bytes) { return has_at(bytes, 0, "version https://git-lfs.github.com"sv); }
bool is_json(std::string_view bytes) {
  const std::string start = text_start(bytes);
  return start.starts_with("{\"") || start.starts_with("{\n") || start.starts_with("{ ");
}
bool is_pickle(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x80' && bytes[1] >= 1 && bytes[1] <= 5 && !is_torch_legacy(bytes);
}
bool is_compressed(std::string_view bytes) {
  return has_at(bytes, 0, "\x1f\x8b"sv) || has_at(bytes, 0, "BZh"sv) ||
         has_at(bytes, 0,
                "\xfd"
                "7zXZ"sv) ||
         has_at(bytes, 0, "\x28\xb5\x2f\xfd"sv) || has_at(bytes, 0, "7z\xbc\xaf"sv) || has_at(bytes, 0, "Rar!"sv);
}
bool is_hdf5(std::string_view bytes) { return has_at(bytes, 0, "\x89HDF\r\n"sv); }

constexpr Lookalike lookalikes[] = {
    {is_web_page,
     "is a web page, not a checkpoint (a download link that needs a browser or a login gives one); fetch "
     "the file itself"},
    {is_lfs_pointer,
     "is a git-lfs pointer, not the checkpoint; run 'git lfs pull' in its repository, or download the "
     "file from the repository's web page"},
    {is_pickle,
     "is a bare Python pickle, which is not read (it has no tensors of torch.save); ask its publisher for a "
     "safetensors or torch.save file"},
    {is_compressed,
     "is a compressed file or archive; unpack it (tar, gunzip, unzip or 7z) and name the checkpoint "
     "inside it"},
    {is_hdf5, "is an HDF5 file, not a checkpoint; a shard or embedding file is read by cfo-inspect shard"},
    {is_json,
     "is JSON text, not a checkpoint (a configuration, or a server's error message); fetch the weights file "
     "itself"},
};

}  // namespace

void refuse_lookalike(const CheckpointBytes& file) {
  for (const Lookalike& lookalike : lookalikes)
    if (lookalike.matches(file.bytes)) throw Error("{}: {}", file.origin, lookalike.advice);
}

const CheckpointContainer& container_of(const CheckpointBytes& file) {
  for (const CheckpointContainer& container : containers)
    if (container.matches(file.bytes)) return container;
  refuse_lookalike(file);
  throw Error(
      "{}: is not a checkpoint that is read here (safetensors, a file of torch.save or of numpy.save, a .nemo file, an "
      "ONNX model, or a Hugging Face folder or index); check that the download is complete and is the weights file",
      file.origin);
}

}  // namespace cfo::storage
