// Small checkpoint files assembled byte by byte, so that a fresh clone tests the readers without Python.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace cfo::test {

template <typename Number>
std::string little(Number number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

template <typename Number>
std::string bytes_of(std::initializer_list<Number> numbers) {
  std::string bytes;
  for (const Number number : numbers) bytes += little(number);
  return bytes;
}

/// A file of the safetensors container with the given header text.
inline std::string safetensors_file(const std::string& header, const std::string& data) {
  std::string file = little<std::uint64_t>(header.size());
  file.append(header).append(data);
  return file;
}

/// Writes a pickle opcode by opcode, as protocol 2 spells them.
class Pickle {
 public:
  explicit Pickle(int protocol = 2) { bytes_ = {'\x80', static_cast<char>(protocol)}; }

  Pickle& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  Pickle& text(std::string_view value) {
    return raw("X").raw(little<std::uint32_t>(static_cast<std::uint32_t>(value.size()))).raw(value);
  }
  Pickle& integer(std::int64_t value) { return raw("\x8a\x08").raw(little(value)); }
  Pickle& global(std::string_view module, std::string_view name) {
    return raw("c").raw(module).raw("\n").raw(name).raw("\n");
  }
  Pickle& integers(const std::vector<std::int64_t>& values) {
    raw("(");
    for (const auto value : values) integer(value);
    return raw("t");
  }
  /// The persistent id of a storage, as torch.save writes it.
  Pickle& storage(std::string_view type, std::string_view key, std::int64_t elements,
                  std::string_view module = "torch") {
    raw("(").text("storage").global(module, type).text(key).text("cuda:0").integer(elements);
    return raw("tQ");
  }
  /// torch._utils._rebuild_tensor_v2 over a storage.
  Pickle& tensor(std::string_view type, std::string_view key, std::int64_t elements, std::int64_t offset,
                 const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides) {
    global("torch._utils", "_rebuild_tensor_v2").raw("(").storage(type, key, elements).integer(offset);
    integers(shape).integers(strides).raw("\x89");  // requires_grad False
    return ordered_dict().raw("tR");                // backward hooks
  }
  Pickle& ordered_dict() { return global("collections", "OrderedDict").raw(")R"); }
  std::string stop() const { return bytes_ + '.'; }

 private:
  std::string bytes_;
};

inline std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xedb88320 & (0 - (crc & 1)));
  }
  return ~crc;
}

struct ZipItem {
  std::string name;
  std::string bytes;
};

/// How a zip archive is laid out.
struct ZipStyle {
  std::size_t alignment = 64;  ///< of each entry's bytes, as torch.save pads them
  bool zip64 = false;          ///< sizes in zip64 fields and a zip64 end record, as for files beyond 4 GiB
};

/// A zip archive of stored entries (APPNOTE 4.3).
inline std::string zip_file(const std::vector<ZipItem>& items, const ZipStyle& style = {}) {
  std::string file;
  std::string directory;
  const auto u16 = [](std::size_t value) { return little(static_cast<std::uint16_t>(value)); };
  const auto u32 = [](std::size_t value) { return little(static_cast<std::uint32_t>(value)); };
  const auto u64 = [](std::size_t value) { return little(static_cast<std::uint64_t>(value)); };
  for (const ZipItem& item : items) {
    const std::size_t header = file.size();
    const std::size_t size = item.bytes.size();
    const std::string common = u16(20) + u16(0) + u16(0) + u32(0) + u32(crc32(item.bytes));
    const std::size_t padding =
        (style.alignment - (header + 34 + item.name.size()) % style.alignment) % style.alignment;
    file += "PK\x03\x04" + common + u32(size) + u32(size) + u16(item.name.size()) + u16(4 + padding) + item.name;
    file += "FB" + u16(padding) + std::string(padding, 'Z') + item.bytes;
    const std::string wide = style.zip64 ? u16(1) + u16(24) + u64(size) + u64(size) + u64(header) : "";
    const std::string narrow_size = style.zip64 ? u32(0xffffffff) : u32(size);
    directory += "PK\x01\x02" + u16(20) + common + narrow_size + narrow_size + u16(item.name.size()) + u16(wide.size());
    directory += u16(0) + u16(0) + u16(0) + u32(0) + (style.zip64 ? u32(0xffffffff) : u32(header)) + item.name + wide;
  }
  const std::size_t start = file.size();
  file += directory;
  if (style.zip64) {
    const std::size_t end64 = file.size();
    file += "PK\x06\x06" + u64(44) + u16(45) + u16(45) + u32(0) + u32(0) + u64(items.size()) + u64(items.size());
    file += u64(directory.size()) + u64(start) + "PK\x06\x07" + u32(0) + u64(end64) + u32(1);
  }
  const std::size_t count = style.zip64 ? 0xffff : items.size();
  file += "PK\x05\x06" + u16(0) + u16(0) + u16(count) + u16(count);
  file += (style.zip64 ? u32(0xffffffff) + u32(0xffffffff) : u32(directory.size()) + u32(start)) + u16(0);
  return file;
}

/// The entries of a torch.save archive: `storages` are key and bytes.
inline std::vector<ZipItem> torch_items(const std::string& pickle, const std::vector<ZipItem>& storages) {
  std::vector<ZipItem> items{{"archive/data.pkl", pickle}, {"archive/byteorder", "little"}};
  for (const ZipItem& storage : storages) items.push_back({"archive/data/" + storage.name, storage.bytes});
  items.push_back({"archive/version", "3\n"});
  return items;
}

inline std::string torch_file(const std::string& pickle, const std::vector<ZipItem>& storages,
                              const ZipStyle& style = {}) {
  return zip_file(torch_items(pickle, storages), style);
}

struct TarItem {
  std::string name;
  std::string bytes;
  char kind = '0';            ///< '0' file, '1' and '2' links, '5' folder
  std::uint64_t claimed = 0;  ///< size in the header where it is not that of `bytes`
  std::string target = {};    ///< of a link
};

/// A tar archive (POSIX ustar).
inline std::string tar_file(const std::vector<TarItem>& items) {
  constexpr std::size_t block = 512;
  const auto octal = [](std::uint64_t value, int digits) {
    std::string text(static_cast<std::size_t>(digits), '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value /= 8)
      *digit = static_cast<char>('0' + value % 8);
    return text;
  };
  std::string file;
  for (const TarItem& item : items) {
    std::string header(block, '\0');
    header.replace(0, item.name.size(), item.name);
    header.replace(100, 7, octal(0644, 7)).replace(108, 7, octal(0, 7)).replace(116, 7, octal(0, 7));
    header.replace(124, 11, octal(item.claimed > 0 ? item.claimed : item.bytes.size(), 11))
        .replace(136, 11, octal(0, 11));
    header.replace(148, 8, "        ");
    header[156] = item.kind;
    header.replace(157, item.target.size(), item.target).replace(257, 5, "ustar").replace(263, 2, "00");
    std::uint64_t sum = 0;
    for (const char byte : header) sum += static_cast<unsigned char>(byte);
    header.replace(148, 8, octal(sum, 6) + std::string("\0 ", 2));
    file += header + item.bytes + std::string((block - item.bytes.size() % block) % block, '\0');
  }
  return file + std::string(2 * block, '\0');
}

/// The bytes as a gzip file (RFC 1952) of stored blocks.
inline std::string gzip_file(const std::string& bytes) {
  constexpr std::size_t longest = 0xffff;
  std::string file("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  for (std::size_t start = 0; start < bytes.size(); start += longest) {
    const std::string part = bytes.substr(start, longest);
    const auto length = static_cast<std::uint16_t>(part.size());
    file += static_cast<char>(start + longest >= bytes.size());
    file += little(length) + little(static_cast<std::uint16_t>(~length)) + part;
  }
  return file + little(crc32(bytes)) + little(static_cast<std::uint32_t>(bytes.size()));
}

struct LegacyStorage {
  std::string key;
  std::string bytes;
  std::size_t element_bytes = 4;
};

/// A file as torch.save wrote it before 1.6. `shift` lengthens the pickles by as many bytes, to move the storages.
inline std::string legacy_file(const std::string& pickle, const std::vector<LegacyStorage>& storages,
                               std::size_t shift = 0) {
  std::string file("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.", 15);
  file += Pickle().integer(1001).stop();
  file +=
      Pickle().raw("}(").text("little_endian").raw("\x88").text("pad").text(std::string(shift, '-')).raw("u").stop();
  Pickle keys;
  keys.raw("](");
  for (const LegacyStorage& storage : storages) keys.text(storage.key);
  file += pickle + keys.raw("e").stop();
  for (const LegacyStorage& storage : storages)
    file +=
        little<std::int64_t>(static_cast<std::int64_t>(storage.bytes.size() / storage.element_bytes)) + storage.bytes;
  return file;
}

/// The pickle of {"weight": float32 [2, 3] = 0..5, "bias": float32 [2] = 6, 7} over the storages "0" and "1".
inline std::string small_torch_pickle() {
  Pickle pickle;
  pickle.ordered_dict().raw("(");
  pickle.text("weight").tensor("FloatStorage", "0", 6, 0, {2, 3}, {3, 1});
  pickle.text("bias").tensor("FloatStorage", "1", 2, 0, {2}, {1});
  return pickle.raw("u").stop();
}

inline std::string small_torch_file(const ZipStyle& style = {}) {
  return torch_file(small_torch_pickle(), {{"0", bytes_of<float>({0, 1, 2, 3, 4, 5})}, {"1", bytes_of<float>({6, 7})}},
                    style);
}

inline std::string small_legacy_file(std::size_t shift = 0) {
  return legacy_file(small_torch_pickle(), {{"0", bytes_of<float>({0, 1, 2, 3, 4, 5})}, {"1", bytes_of<float>({6, 7})}},
                     shift);
}

/// A file of numpy.save, version 1.0: `header` is the dict, filled with spaces so that the data begin at a multiple of
/// 64 bytes.
inline std::string npy_file(std::string header, const std::string& data) {
  constexpr std::size_t before = 10, alignment = 64;
  header += std::string((alignment - (before + header.size() + 1) % alignment) % alignment, ' ') + '\n';
  return std::string("\x93NUMPY\1\0", 8) + little(static_cast<std::uint16_t>(header.size())) + header + data;
}

/// A number as protobuf writes it.
inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  return bytes + static_cast<char>(value);
}
inline std::string number_field(std::uint32_t field, std::uint64_t value) { return varint(field << 3) + varint(value); }
inline std::string bytes_field(std::uint32_t field, std::string_view bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

/// A TensorProto of ONNX: `type` is its TensorProto.DataType, `values` are the fields that hold its values.
inline std::string onnx_tensor(std::string_view name, const std::vector<std::uint64_t>& shape, std::uint64_t type,
                               const std::string& values) {
  std::string tensor;
  for (const auto size : shape) tensor += number_field(1, size);
  return tensor + number_field(2, type) + bytes_field(8, name) + values;
}

/// The fields that say that a tensor's values are in another file.
inline std::string onnx_external(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string fields;
  for (const auto& [key, value] : entries) fields += bytes_field(13, bytes_field(1, key) + bytes_field(2, value));
  return fields + number_field(14, 1);
}

/// A ModelProto of ONNX as torch.onnx.export begins one. `nodes`: NodeProtos before the initializers.
inline std::string onnx_file(const std::vector<std::string>& initializers, const std::vector<std::string>& nodes = {}) {
  std::string graph;
  for (const auto& node : nodes) graph += bytes_field(1, node);
  graph += bytes_field(2, "main_graph");
  for (const auto& one : initializers) graph += bytes_field(5, one);
  return number_field(1, 8) + bytes_field(2, "pytorch") + bytes_field(3, "2.1.0") + bytes_field(7, graph) +
         bytes_field(8, bytes_field(1, "") + number_field(2, 17));
}

/// float32 [2, 3] = 0..5.
inline std::string small_npy_file() {
  return npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", bytes_of<float>({0, 1, 2, 3, 4, 5}));
}

/// The same two tensors as safetensors.
inline std::string small_safetensors_file() {
  return safetensors_file(
      R"({"bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]},"weight":{"dtype":"F32","shape":[2,3],)"
      R"("data_offsets":[0,24]},"__metadata__":{"format":"pt"}}  )",
      bytes_of<float>({0, 1, 2, 3, 4, 5, 6, 7}));
}

}  // namespace cfo::test
