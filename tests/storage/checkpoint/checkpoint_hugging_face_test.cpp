// Folders as Hugging Face's hub keeps models.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/checkpoint_fixtures.h"

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

namespace {

std::string index_of(const std::string& entries) {
  return R"({"metadata": {"total_size": 32}, "weight_map": {)" + entries + "}}";
}

std::string shard(const std::string& name, float value) {
  return safetensors_file(R"({")" + name + R"(":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                          bytes_of<float>({value}));
}

std::string error_of(const fs::path& path) {
  try {
    storage::read_checkpoint(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a folder's weights: safetensors first, then the index of its shards, then the pickles") {
  const TemporaryFolder folder;
  CHECK(has(error_of(folder.path()), "is a folder without model.safetensors, pytorch_model.bin or an index"));
  folder.write("pytorch_model-00001-of-00002.bin", small_torch_file());
  folder.write("pytorch_model-00002-of-00002.bin", small_legacy_file());
  folder.write("pytorch_model.bin.index.json", index_of(R"("weight": "pytorch_model-00001-of-00002.bin")"));
  CHECK(storage::read_checkpoint(folder.path()).size() == 2);
  folder.write("pytorch_model.bin", shard("bin", 1));
  CHECK(storage::read_checkpoint(folder.path()).contains("bin"));
  folder.write("model-00001.safetensors", shard("sharded", 2));
  folder.write("model.safetensors.index.json", index_of(R"("sharded": "model-00001.safetensors")"));
  CHECK(storage::read_checkpoint(folder.path()).contains("sharded"));
  folder.write("model.safetensors", shard("whole", 3));
  CHECK(storage::read_checkpoint(folder.path()).contains("whole"));
  CHECK(storage::describe_checkpoint(folder.path()).container == "safetensors");
}

TEST_CASE("the shards of an index are read together, of either kind, by the folder or by the index") {
  const TemporaryFolder folder;
  folder.write("a.safetensors", shard("a", 1));
  folder.write("b.bin", small_legacy_file(3));  // its storages lie unaligned
  const auto index = folder.write("model.safetensors.index.json",
                                  index_of(R"("a": "a.safetensors", "bias": "b.bin", "weight": "b.bin")"));
  for (const fs::path& path : {folder.path(), index}) {
    const auto tensors = storage::read_checkpoint(path, {.nesting = {}, .prefix = "net"});
    REQUIRE(tensors.size() == 3);
    CHECK(tensors.at("net.a").item<float>() == 1);
    CHECK(at::equal(tensors.at("net.weight"), at::arange(6, at::kFloat).view({2, 3})));
    CHECK(at::equal(tensors.at("net.bias"), at::tensor({6.f, 7.f})));
  }
  const auto summary = storage::describe_checkpoint(folder.path());
  CHECK(summary.container == "Hugging Face shards");
  CHECK(summary.entries.size() == 3);
}

TEST_CASE("a tensor in two shards is refused") {
  const TemporaryFolder folder;
  folder.write("a.safetensors", shard("w", 1));
  folder.write("b.safetensors", shard("w", 2));
  folder.write("c.safetensors", shard("v", 2));
  const auto index =
      folder.write("x.index.json", index_of(R"("v": "c.safetensors", "w": "a.safetensors", "u": "b.safetensors")"));
  CHECK(has(error_of(index), "the tensor 'w' is twice in the shards, in 'b.safetensors' and before"));
}

TEST_CASE("shards may be links, as in Hugging Face's cache; a link to nothing is a missing shard") {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "blobs");
  fs::create_directories(folder.path() / "snapshots");
  folder.write("blobs/5f3", shard("w", 4));
  fs::create_symlink("../blobs/5f3", folder.path() / "snapshots" / "model-00001.safetensors");
  folder.write("snapshots/model.safetensors.index.json", index_of(R"("w": "model-00001.safetensors")"));
  CHECK(storage::read_checkpoint(folder.path() / "snapshots").at("w").item<float>() == 4);
  fs::remove(folder.path() / "blobs" / "5f3");
  CHECK(has(error_of(folder.path() / "snapshots"), "names the file 'model-00001.safetensors', which is not in its"));
}

TEST_CASE("config.json is the configuration of a folder") {
  const TemporaryFolder folder;
  CHECK(storage::read_model_config(folder.path()).empty());
  folder.write("config.json", R"({"sampling_rate": 24000})");
  CHECK(storage::read_model_config(folder.path()) == R"({"sampling_rate": 24000})");
  folder.write("config.json", std::string((1 << 20) + 1, ' '));
  CHECK_THROWS_WITH_AS(storage::read_model_config(folder.path()), doctest::Contains("config.json: has 1048577 bytes"),
                       Error);
}
