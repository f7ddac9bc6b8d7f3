// The initializers of ONNX models through the one checkpoint interface.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <random>

#include "base/error.h"
#include "storage/checkpoint/checkpoint.h"
#include "storage/checkpoint/container.h"
#include "storage/checkpoint/formats/onnx.h"
#include "tests/support/checkpoint_fixtures.h"

using namespace cfo;
using namespace cfo::test;

namespace {

// TensorProto.DataType and field numbers of TensorProto.
constexpr std::uint64_t float32 = 1, int8 = 3, int64 = 7, text = 8, boolean = 9, float16 = 10, float64 = 11,
                        bfloat16 = 16;
constexpr std::uint32_t float_data = 4, int32_data = 5, int64_data = 7, raw_data = 9, double_data = 10;

const at::Tensor six = at::arange(6, at::kFloat).view({2, 3});
const std::string six_bytes = bytes_of<float>({0, 1, 2, 3, 4, 5});

TensorMap read(const std::string& bytes) { return storage::read_checkpoint(storage::bytes_in_memory("x.onnx", bytes)); }

std::string varints(const std::vector<std::uint64_t>& values) {
  std::string bytes;
  for (const auto value : values) bytes += varint(value);
  return bytes;
}

}  // namespace

TEST_CASE("initializers by name, in whatever field their values are") {
  const std::string one_by_one =
      varint(float_data << 3 | 5) + little(1.5f) + varint(float_data << 3 | 5) + little(-2.f);
  const auto tensors = read(onnx_file({
      onnx_tensor("encoder.raw", {2, 3}, float32, bytes_field(raw_data, six_bytes)),
      onnx_tensor("floats", {2, 3}, float32, bytes_field(float_data, six_bytes)),
      onnx_tensor("unpacked", {2}, float32, one_by_one),
      onnx_tensor("doubles", {2}, float64, bytes_field(double_data, bytes_of<double>({0.5, -1}))),
      onnx_tensor("longs", {3}, int64,
                  bytes_field(int64_data, varints({7, static_cast<std::uint64_t>(-8), 1ull << 40}))),
      onnx_tensor("bytes", {2}, int8, bytes_field(int32_data, varints({5, static_cast<std::uint64_t>(-5)}))),
      onnx_tensor("mask", {3}, boolean, bytes_field(int32_data, varints({1, 0, 1}))),
      onnx_tensor("half", {2}, float16, bytes_field(int32_data, varints({0x3c00, 0xc000}))),
      onnx_tensor("raw_half", {2}, float16, bytes_field(raw_data, bytes_of<std::uint16_t>({0x3c00, 0xc000}))),
      onnx_tensor("brain", {2}, bfloat16, bytes_field(raw_data, bytes_of<std::uint16_t>({0x3f80, 0xc000}))),
      onnx_tensor("scalar", {}, float32, bytes_field(raw_data, bytes_of<float>({3}))),
      onnx_tensor("empty", {0, 4}, float32, ""),
  }));
  REQUIRE(tensors.size() == 12);
  CHECK(at::equal(tensors.at("encoder.raw"), six));
  CHECK(at::equal(tensors.at("floats"), six));
  CHECK(at::equal(tensors.at("unpacked"), at::tensor({1.5f, -2.f})));
  CHECK(at::equal(tensors.at("doubles"), at::tensor({0.5, -1.0}, at::kDouble)));
  CHECK(at::equal(tensors.at("longs"), at::tensor({int64_t{7}, int64_t{-8}, int64_t{1} << 40}, at::kLong)));
  CHECK(at::equal(tensors.at("bytes"), at::tensor({5, -5}, at::kChar)));
  CHECK(at::equal(tensors.at("mask"), at::tensor({1, 0, 1}).to(at::kBool)));
  CHECK(at::equal(tensors.at("half"), at::tensor({1.f, -2.f}).to(at::kHalf)));
  CHECK(at::equal(tensors.at("raw_half"), at::tensor({1.f, -2.f}).to(at::kHalf)));
  CHECK(at::equal(tensors.at("brain"), at::tensor({1.f, -2.f}).to(at::kBFloat16)));
  CHECK((tensors.at("scalar").dim() == 0 && tensors.at("scalar").item<float>() == 3));
  CHECK(tensors.at("empty").sizes() == at::IntArrayRef({0, 4}));
}

TEST_CASE("shapes written in one packed field are shapes too") {
  const std::string packed = bytes_field(1, varints({2, 3})) + number_field(2, float32) + bytes_field(8, "w");
  CHECK(at::equal(read(onnx_file({packed + bytes_field(raw_data, six_bytes)})).at("w"), six));
}

TEST_CASE("aligned values alias the model; the others are copied") {
  int aliased = 0;
  for (std::size_t shift = 0; shift < 8; ++shift) {
    const auto file = storage::bytes_in_memory(
        "x.onnx",
        onnx_file({onnx_tensor("w", {2, 3}, float32, bytes_field(raw_data, six_bytes))}, {std::string(shift, '\x0a')}));
    const auto tensor = storage::read_checkpoint(file).at("w");
    CHECK(at::equal(tensor, six));
    const auto* data = static_cast<const char*>(tensor.data_ptr());
    aliased += data >= file.bytes.data() && data < file.bytes.data() + file.bytes.size();
  }
  CHECK(aliased == 1);
}

TEST_CASE("external data are mapped from beside the model, and two tensors over the same bytes share them") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "data");
  folder.write("data/weights.bin", std::string(64, '\7') + six_bytes + six_bytes);
  const auto at = [](const std::string& offset) {
    return onnx_external({{"location", "data/weights.bin"}, {"offset", offset}, {"length", "24"}, {"checksum", "x"}});
  };
  const auto file = folder.write(
      "x.onnx", onnx_file({onnx_tensor("a", {2, 3}, float32, at("64")), onnx_tensor("b", {6}, float32, at("88")),
                           onnx_tensor("tied", {3, 2}, float32, at("64"))}));
  const auto tensors = storage::read_checkpoint(file);
  CHECK(at::equal(tensors.at("a"), six));
  CHECK(at::equal(tensors.at("b"), six.view({6})));
  CHECK(tensors.at("tied").data_ptr() == tensors.at("a").data_ptr());
  tensors.at("a").fill_(8);
  CHECK(at::equal(storage::read_checkpoint(file).at("a"), six));
}

TEST_CASE("a model that is no file of its own names no other") {
  const std::string model = onnx_file({onnx_tensor("a", {6}, float32, onnx_external({{"location", "weights.bin"}}))});
  CHECK_THROWS_WITH_AS(read(model), doctest::Contains("is itself a part of another file"), Error);
}

TEST_CASE("nodes, and graphs inside them, are passed over however deep; other element types are described") {
  std::string nested;
  for (int depth = 0; depth < 2000; ++depth) nested = bytes_field(5, bytes_field(6, bytes_field(1, nested)));
  const std::string sparse = bytes_field(1, onnx_tensor("pruned", {2}, float32, bytes_field(raw_data, six_bytes)));
  std::string model = onnx_file(
      {onnx_tensor("w", {2, 3}, float32, bytes_field(raw_data, six_bytes)),
       onnx_tensor("names", {1}, text, bytes_field(6, "a")), onnx_tensor("odd", {1}, 99, bytes_field(raw_data, "a"))},
      {nested});
  const auto summary = storage::describe_checkpoint(storage::bytes_in_memory("x.onnx", model));
  CHECK(summary.container == "ONNX");
  REQUIRE(summary.entries.size() == 3);
  CHECK(summary.entries[1].type == "opaque string");
  CHECK(summary.entries[2].type == "opaque tensor of an unknown type");
  CHECK(read(model).size() == 1);
  const std::string with_sparse = number_field(1, 8) + bytes_field(7, bytes_field(15, sparse));
  CHECK(storage::describe_checkpoint(storage::bytes_in_memory("x.onnx", with_sparse)).entries.at(0).type ==
        "opaque sparse tensor");
}

TEST_CASE("what is no ONNX model is not taken for one") {
  std::mt19937 random(1);
  int taken = 0;
  for (int i = 0; i < 300'000; ++i) {
    std::string bytes(64, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    taken += storage::is_onnx(bytes);
  }
  CHECK(taken <= 1);
  for (const std::string& other : {small_torch_file(), small_legacy_file(), small_npy_file(), small_safetensors_file(),
                                   std::string("\x08"), std::string("\x08\x07"), std::string(100, '\x08')})
    CHECK_FALSE(storage::is_onnx(other));
  CHECK(storage::is_onnx(onnx_file({})));
  CHECK(storage::is_onnx(number_field(1, 3) + number_field(5, 2) + bytes_field(8, number_field(2, 9))));
}
