#include <ATen/ATen.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/durable_file.h"
#include "base/error.h"
#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/formats/safetensors.h"
#include "storage/checkpoint/values/tensor.h"

namespace cfo::storage {
namespace {

namespace fs = std::filesystem;

// The data starts at a multiple of this, so that a mapping of the file is aligned for vector loads.
constexpr std::size_t data_alignment = 64;

struct Item {
  const std::string* name;
  const at::Tensor* tensor;
  const CheckpointType* type;
};

/// Wide element types first, then by name: every tensor of the file is aligned to its own type, and the order depends
/// on nothing but the names and types.
std::vector<Item> ordered_items(const fs::path& file, const TensorMap& tensors) {
  std::vector<Item> items;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.defined() || tensor.layout() != at::kStrided)
      throw Error("{}: the tensor '{}' cannot be written; give a defined, dense tensor", file.string(),
                  printable(name));
    const CheckpointType* type = type_of_scalar(tensor.scalar_type());
    if (type == nullptr)
      throw Error(
          "{}: the tensor '{}' has an element type that safetensors files here do not hold; convert it to float32",
          file.string(), printable(name));
    items.push_back({&name, &tensor, type});
  }
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return std::tuple(-a.type->bytes, a.type->safetensors, std::string_view(*a.name)) <
           std::tuple(-b.type->bytes, b.type->safetensors, std::string_view(*b.name));
  });
  return items;
}

std::string header_of(const fs::path& file, const std::vector<Item>& items,
                      const std::map<std::string, std::string>& metadata) {
  nlohmann::json header = nlohmann::json::object();
  std::int64_t offset = 0;
  for (const Item& item : items) {
    if (*item.name == "__metadata__")
      throw Error("{}: no tensor may be named '__metadata__'; rename it", file.string());
    const std::int64_t end = offset + item.tensor->numel() * item.type->bytes;
    header[*item.name] = {
        {"dtype", item.type->safetensors}, {"shape", item.tensor->sizes().vec()}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  if (!metadata.empty()) header["__metadata__"] = metadata;
  try {
    std::string text = header.dump();
    const std::size_t before = sizeof(std::uint64_t);
    text.append((data_alignment - (before + text.size()) % data_alignment) % data_alignment, ' ');
    return text;
  } catch (const nlohmann::json::exception&) {
    throw Error("{}: a tensor name or metadata text is not valid UTF-8; rename it", file.string());
  }
}

/// The temporary file beside the target; removed unless it was published.
class PartialFile {
 public:
  explicit PartialFile(const fs::path& target)
      : target_(target),
        partial_(partial_name(target)),
        descriptor_(::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) throw_write_error(partial_, errno);
  }
  ~PartialFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!published_) ::unlink(partial_.c_str());
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  void write(const void* data, std::size_t size) {
    for (std::size_t done = 0; done < size;) {
      const ssize_t written = ::write(descriptor_, static_cast<const char*>(data) + done, size - done);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw_write_error(partial_, errno);
      done += static_cast<std::size_t>(written);
    }
  }

  void publish() {
    const int result = ::close(std::exchange(descriptor_, -1));
    if (result != 0) throw_write_error(partial_, errno);
    cfo::publish(target_);
    published_ = true;
  }

 private:
  fs::path target_;
  fs::path partial_;
  int descriptor_;
  bool published_ = false;
};

}  // namespace

void write_safetensors(const fs::path& file, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::vector<Item> items = ordered_items(file, tensors);
  const std::string header = header_of(file, items, metadata);
  const std::uint64_t header_size = header.size();
  PartialFile out(file);
  out.write(&header_size, sizeof header_size);
  out.write(header.data(), header.size());
  for (const Item& item : items) {
    const at::Tensor dense = item.tensor->detach().to(at::kCPU).contiguous();
    if (dense.numel() > 0) out.write(dense.data_ptr(), static_cast<std::size_t>(dense.numel() * item.type->bytes));
  }
  out.publish();
}

}  // namespace cfo::storage
