#include "bench/measure/torch_writer.h"

#include <ATen/ATen.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cfo::bench {
namespace {

namespace fs = std::filesystem;

using Tensors = std::map<std::string, at::Tensor>;

template <typename Number>
std::string little(Number number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}
std::string u16(std::size_t number) { return little(static_cast<std::uint16_t>(number)); }
std::string u32(std::size_t number) { return little(static_cast<std::uint32_t>(number)); }

std::string text(std::string_view value) { return "X" + u32(value.size()) + std::string(value); }
std::string whole(std::int64_t value) { return "\x8a\x08" + little(value); }
std::string whole(at::IntArrayRef values) {
  std::string tuple = "(";
  for (const auto value : values) tuple += whole(value);
  return tuple + "t";
}

/// torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()); `view` ends the storage's id.
std::string tensor_pickle(const at::Tensor& tensor, const std::string& key, const std::string& view) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text(key) +
         text("cpu") + whole(tensor.numel()) + view + "tQ" + whole(int64_t{0}) + whole(tensor.sizes()) +
         whole(tensor.strides()) + "\x89" + "ccollections\nOrderedDict\n)RtR";
}

std::string state_pickle(const Tensors& tensors, const std::string& view) {
  std::string pickle = "\x80\x02}(";
  std::size_t key = 0;
  for (const auto& [name, tensor] : tensors) pickle += text(name) + tensor_pickle(tensor, std::to_string(key++), view);
  return pickle + "u.";
}

std::string_view bytes_of(const at::Tensor& tensor) {
  if (!tensor.is_contiguous() || tensor.scalar_type() != at::kFloat)
    throw Error("only contiguous float32 tensors are written for benchmarks");
  return {static_cast<const char*>(tensor.data_ptr()), tensor.nbytes()};
}

std::uint32_t crc32(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> remainders{};
    for (std::uint32_t i = 0; i < remainders.size(); ++i) {
      remainders[i] = i;
      for (int bit = 0; bit < 8; ++bit) remainders[i] = (remainders[i] >> 1) ^ (0xedb88320 & (0 - (remainders[i] & 1)));
    }
    return remainders;
  }();
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  return ~crc;
}

/// A zip archive of stored entries (PKWARE APPNOTE 4.3), padded as torch's writer pads.
class ZipWriter {
 public:
  explicit ZipWriter(const fs::path& file) : file_(file), stream_(file, std::ios::binary) {}

  void add(const std::string& name, std::string_view bytes) {
    constexpr std::size_t alignment = 64, header_size = 30, field_size = 4;
    const std::size_t start = size_;
    const std::size_t unpadded = start + header_size + name.size() + field_size;
    const std::size_t padding = (alignment - unpadded % alignment) % alignment;
    const std::string common =
        u16(20) + u16(0) + u16(0) + u32(0) + u32(crc32(bytes)) + u32(bytes.size()) + u32(bytes.size());
    write("PK\x03\x04" + common + u16(name.size()) + u16(field_size + padding) + name + "FB" + u16(padding) +
          std::string(padding, 'Z'));
    write(bytes);
    directory_ += "PK\x01\x02" + u16(20) + common + u16(name.size()) + u16(0) + u16(0) + u16(0) + u16(0) + u32(0) +
                  u32(start) + name;
    ++entries_;
  }

  void close() {
    constexpr std::size_t most = 0xffffffff;
    const std::size_t start = size_;
    write(directory_);
    write("PK\x05\x06" + u16(0) + u16(0) + u16(entries_) + u16(entries_) + u32(directory_.size()) + u32(start) +
          u16(0));
    if (size_ > most || entries_ >= 0xffff) throw Error("{}: too large for a zip without zip64", file_.string());
    if (!stream_.flush()) throw Error("{}: cannot be written; check the free space", file_.string());
  }

 private:
  void write(std::string_view bytes) {
    stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    size_ += bytes.size();
  }

  fs::path file_;
  std::ofstream stream_;
  std::size_t size_ = 0;
  std::size_t entries_ = 0;
  std::string directory_;
};

}  // namespace

void write_torch_zip(const fs::path& file, const Tensors& tensors) {
  ZipWriter zip(file);
  zip.add("archive/data.pkl", state_pickle(tensors, ""));
  std::size_t key = 0;
  for (const auto& [name, tensor] : tensors) zip.add("archive/data/" + std::to_string(key++), bytes_of(tensor));
  zip.add("archive/version", "3\n");
  zip.close();
}

void write_torch_legacy(const fs::path& file, const Tensors& tensors) {
  std::ofstream stream(file, std::ios::binary);
  stream << std::string_view("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.", 15);
  stream << "\x80\x02" << whole(int64_t{1001}) << ".";
  stream << "\x80\x02}(" << text("protocol_version") << whole(int64_t{1001}) << text("little_endian") << "\x88"
         << text("type_sizes") << "}u.";
  stream << state_pickle(tensors, "N") << "\x80\x02](";
  for (std::size_t key = 0; key < tensors.size(); ++key) stream << text(std::to_string(key));
  stream << "e.";
  for (const auto& [name, tensor] : tensors) stream << little(tensor.numel()) << bytes_of(tensor);
  if (!stream.flush()) throw Error("{}: cannot be written; check the free space", file.string());
}

}  // namespace cfo::bench
