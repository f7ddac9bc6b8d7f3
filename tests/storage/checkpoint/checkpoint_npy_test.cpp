// Files of numpy.save through the one checkpoint interface.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cstdlib>

#include "storage/checkpoint/checkpoint.h"
#include "storage/checkpoint/container.h"
#include "tests/support/checkpoint_fixtures.h"
#include "tests/support/skip.h"

using namespace cfo;
using namespace cfo::test;

namespace {

TensorMap read(const std::string& bytes, const storage::CheckpointOptions& options = {}) {
  return storage::read_checkpoint(storage::bytes_in_memory("x.npy", bytes), options);
}

std::string header(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
}

}  // namespace

TEST_CASE("a numpy array is one tensor, named by the prefix") {
  const auto expected = at::arange(6, at::kFloat).view({2, 3});
  CHECK(at::equal(read(small_npy_file()).at("tensor"), expected));
  const auto named = read(small_npy_file(), {.nesting = {}, .prefix = "centroid_npy"});
  REQUIRE(named.size() == 1);
  CHECK(at::equal(named.at("centroid_npy"), expected));
  const auto summary = storage::describe_checkpoint(storage::bytes_in_memory("x.npy", small_npy_file()));
  CHECK(summary.container == "numpy array");
  REQUIRE(summary.entries.size() == 1);
  CHECK(summary.entries[0].type == "float32");
  CHECK(summary.entries[0].shape == std::vector<int64_t>{2, 3});
}

TEST_CASE("the element types that are read, scalars and empty arrays") {
  CHECK(at::equal(read(npy_file(header("<f8", "2,"), bytes_of<double>({0.5, -1}))).at("tensor"),
                  at::tensor({0.5, -1.0}, at::kDouble)));
  CHECK(at::equal(read(npy_file(header("<i8", "2,"), bytes_of<std::int64_t>({7, -8}))).at("tensor"),
                  at::tensor({7, -8}, at::kLong)));
  const auto half =
      read(npy_file(header("<f2", "1, 2"), bytes_of<std::uint16_t>({0x3c00, 0xc000}))).at("tensor");  // 1 and -2
  CHECK(at::equal(half, at::tensor({1.f, -2.f}).to(at::kHalf).view({1, 2})));
  const auto scalar = read(npy_file(header("<f4", ""), bytes_of<float>({3}))).at("tensor");
  CHECK(scalar.dim() == 0);
  CHECK(scalar.item<float>() == 3);
  CHECK(read(npy_file(header("<f4", "0, 4"), "")).at("tensor").sizes().vec() == std::vector<int64_t>{0, 4});
}

TEST_CASE("keys in any order, either quote, no trailing comma, and the wide header sizes of versions 2 and 3") {
  const std::string text = "{\"shape\":(3,),'fortran_order':False,\"descr\":\"<f4\"}",
                    data = bytes_of<float>({1, 2, 3});
  CHECK(read(npy_file(text, data)).at("tensor").numel() == 3);
  for (const char version : {'\2', '\3'}) {
    const auto file =
        std::string("\x93NUMPY") + version + '\0' + little(static_cast<std::uint32_t>(text.size())) + text + data;
    CHECK(at::equal(read(file).at("tensor"), at::tensor({1.f, 2.f, 3.f})));  // data at an odd place: copied
  }
}

TEST_CASE("the array aliases its file, and changing it leaves the file as it is") {
  const TemporaryFolder folder;
  const auto file = folder.write("a.npy", small_npy_file());
  const auto tensor = storage::read_checkpoint(file).at("tensor");
  tensor.fill_(9);
  CHECK(at::equal(storage::read_checkpoint(file).at("tensor"), at::arange(6, at::kFloat).view({2, 3})));
}

TEST_CASE("numpy itself writes what is read") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "numpy.npy";
  const auto command = "/usr/bin/python3 -c 'import numpy; numpy.save(\"" + file.string() +
                       "\", numpy.arange(24, dtype=numpy.float32).reshape(2, 3, 4))' 2>/dev/null";
  if (std::system(command.c_str()) != 0) {
    skip("/usr/bin/python3 has no numpy");
    return;
  }
  CHECK(at::equal(storage::read_checkpoint(file).at("tensor"), at::arange(24, at::kFloat).view({2, 3, 4})));
}
