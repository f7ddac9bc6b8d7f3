#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/checkpoint_fixtures.h"

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

namespace {

std::string file_bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string error_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a safetensors file written elsewhere is read with its values, names and metadata") {
  const TemporaryFolder folder;
  const auto file = folder.write("x.bin", small_safetensors_file());
  const auto tensors = storage::read_checkpoint(file);
  REQUIRE(tensors.size() == 2);
  CHECK(at::equal(tensors.at("weight"), at::arange(6, at::kFloat).view({2, 3})));
  CHECK(at::equal(tensors.at("bias"), at::tensor({6.f, 7.f})));
  CHECK(storage::read_safetensors_metadata(file) == std::map<std::string, std::string>{{"format", "pt"}});
  const auto summary = storage::describe_checkpoint(file);
  CHECK(summary.container == "safetensors");
  REQUIRE(summary.entries.size() == 3);
  CHECK(summary.entries[0].name == "__metadata__.format");
  CHECK(summary.entries[0].type == "str");
  CHECK(summary.entries[2].name == "weight");
  CHECK(summary.entries[2].type == "float32");
  CHECK(summary.entries[2].shape == std::vector<int64_t>{2, 3});
}

TEST_CASE("every element type, empty and scalar tensors survive writing and reading") {
  const TemporaryFolder folder;
  TensorMap tensors;
  for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar,
                          at::kByte, at::kBool})
    tensors[std::string("t.") + c10::toString(type)] = at::arange(7).remainder(2).to(type);
  tensors["transposed"] = at::arange(6, at::kFloat).view({2, 3}).t();
  tensors["empty"] = at::empty({0, 4}, at::kFloat);
  tensors["scalar"] = at::scalar_tensor(2.5, at::kDouble);
  const fs::path file = folder.path() / "all.safetensors";
  storage::write_safetensors(file, tensors, {{"seed", "2025"}, {"note", "völlig"}});
  const auto read = storage::read_checkpoint(file);
  REQUIRE(read.size() == tensors.size());
  for (const auto& [name, tensor] : tensors) {
    INFO(name);
    CHECK((read.at(name).scalar_type() == tensor.scalar_type()));
    CHECK(read.at(name).sizes() == tensor.sizes());
    CHECK(at::equal(read.at(name), tensor));
  }
  CHECK(storage::read_safetensors_metadata(file).at("note") == "völlig");
  CHECK_FALSE(fs::exists(folder.path() / "all.safetensors.partial"));
}

TEST_CASE("equal tensors give equal bytes, whatever their strides") {
  const TemporaryFolder folder;
  const at::Tensor plain = at::arange(6, at::kFloat).view({2, 3});
  const at::Tensor strided = plain.t().contiguous().t();
  storage::write_safetensors(folder.path() / "a", {{"b", plain}, {"a", at::ones({3}, at::kByte)}}, {{"k", "v"}});
  storage::write_safetensors(folder.path() / "b", {{"a", at::ones({3}, at::kByte)}, {"b", strided}}, {{"k", "v"}});
  const std::string bytes = file_bytes(folder.path() / "a");
  CHECK(bytes == file_bytes(folder.path() / "b"));
  // Wide types lie first and the data begins aligned, so that a mapping can be used in place.
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  CHECK((header + 8) % 64 == 0);
  CHECK(bytes.size() == 8 + header + 6 * 4 + 3);
  CHECK(bytes.substr(8 + header + 24) == "\x01\x01\x01");
}

TEST_CASE("tensors outlive their file, and changing them does not reach it") {
  const TemporaryFolder folder;
  const auto file = folder.write("x", small_safetensors_file());
  auto tensors = storage::read_checkpoint(file);
  tensors.at("weight").fill_(9);
  CHECK(at::equal(storage::read_checkpoint(file).at("weight"), at::arange(6, at::kFloat).view({2, 3})));
  fs::remove(file);
  const at::Tensor bias = tensors.at("bias");
  tensors.clear();
  CHECK(at::equal(bias, at::tensor({6.f, 7.f})));
}

TEST_CASE("tensors that lie unaligned in the file are read all the same") {
  const TemporaryFolder folder;
  const auto file = folder.write("x", safetensors_file(R"({"b":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},)"
                                                       R"("f":{"dtype":"F64","shape":[2],"data_offsets":[1,17]}})",
                                                       "\x01" + bytes_of<double>({1.5, -2.5})));
  const auto tensors = storage::read_checkpoint(file);
  CHECK(at::equal(tensors.at("f"), at::tensor({1.5, -2.5}, at::kDouble)));
  CHECK(reinterpret_cast<std::uintptr_t>(tensors.at("f").data_ptr()) % alignof(double) == 0);
  CHECK(tensors.at("b").item<bool>());
}

TEST_CASE("a prefix goes before every name") {
  const TemporaryFolder folder;
  const auto file = folder.write("x", small_safetensors_file());
  CHECK(storage::read_checkpoint(file, {.nesting = {}, .prefix = "encoder"}).contains("encoder.bias"));
  CHECK(storage::read_checkpoint(file, {.nesting = {}, .prefix = "encoder."}).contains("encoder.bias"));
}

TEST_CASE("what cannot be written is refused with the tensor's name, and leaves no file") {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "x.safetensors";
  const auto refusal = [&](const TensorMap& tensors) {
    return error_of([&] { storage::write_safetensors(file, tensors); });
  };
  CHECK(refusal({{"c", at::zeros({2}, at::kComplexFloat)}}) ==
        file.string() +
            ": the tensor 'c' has an element type that safetensors files here do not hold; convert it to float32");
  CHECK(refusal({{"u", at::Tensor()}}).find("the tensor 'u' cannot be written") != std::string::npos);
  CHECK(refusal({{"__metadata__", at::zeros({2})}}).find("no tensor may be named '__metadata__'") != std::string::npos);
  CHECK(refusal({{"\xff", at::zeros({2})}}).find("not valid UTF-8") != std::string::npos);
  CHECK(fs::is_empty(folder.path()));
  const fs::path nowhere = folder.path() / "no" / "x.safetensors";
  CHECK(error_of([&] { storage::write_safetensors(nowhere, {{"a", at::zeros({2})}}); }).find(nowhere.string()) == 0);
}

TEST_CASE("metadata is asked only of safetensors files") {
  const TemporaryFolder folder;
  const auto torch = folder.write("x.pt", small_torch_file());
  CHECK(error_of([&] { storage::read_safetensors_metadata(torch); }).find("is not a safetensors file") !=
        std::string::npos);
  const auto plain = folder.write("y", safetensors_file("{}", ""));
  CHECK(storage::read_safetensors_metadata(plain).empty());
}

TEST_CASE("a header of very many tensors is read in a time that grows with their number alone") {
  std::string header = "{";
  constexpr int tensors = 100'000;  // a time that grows with the square would not end within the test's time
  for (int i = 0; i < tensors; ++i)
    header += fmt::format("{}\"layers.{}.weight\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{},{}]}}",
                          i == 0 ? "" : ",", i, 4 * i, 4 * i + 4);
  header += "}";
  const TemporaryFolder folder;
  const std::uint64_t size = header.size();
  std::ofstream file(folder / "many.safetensors", std::ios::binary);
  file.write(reinterpret_cast<const char*>(&size), sizeof size);
  file << header << std::string(4 * tensors, '\0');
  file.close();
  CHECK(storage::read_checkpoint(folder / "many.safetensors").size() == tensors);
}
