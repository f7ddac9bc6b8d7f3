// NeMo's tar archives: read where they are whole, and refused with one sentence where they are not.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "base/error.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/checkpoint_fixtures.h"

using namespace cfo;
using namespace cfo::test;

namespace {

const std::string config = "sample_rate: 22050\n";

std::string error_of(const TemporaryFolder& folder, const std::string& bytes) {
  const auto file = folder.write("x.nemo", bytes);
  try {
    storage::read_checkpoint(file);
  } catch (const Error& error) {
    const std::string sentence = error.what();
    CHECK(sentence.starts_with(file.string() + ":"));
    CHECK(sentence.find('\n') == std::string::npos);
    return sentence;
  }
  return "no error";
}

/// The refusal of an archive, plain and compressed.
void check_refused(const std::vector<TarItem>& items, const std::string& sentence) {
  const TemporaryFolder folder;
  for (const auto& bytes : {tar_file(items), gzip_file(tar_file(items))}) {
    const auto error = error_of(folder, bytes);
    CHECK_MESSAGE(has(error, sentence), error);
  }
}

}  // namespace

TEST_CASE("a .nemo file gives the tensors of its weights, plain or compressed, whatever its members are called") {
  const TemporaryFolder folder;
  const TarItem here = {"./", "", '5'};
  const std::vector<std::vector<TarItem>> archives = {
      {here, {"./model_config.yaml", config}, {"./model_weights.ckpt", small_torch_file()}},
      {{"model_weights.ckpt", small_torch_file()}, {"model_config.yaml", config}, {"vocabulary/tokens.txt", "a\nb\n"}},
      {{"model_config.yaml", config}, {"model_weights.ckpt", small_legacy_file()}}};
  for (const auto& items : archives) {
    for (const auto& bytes : {tar_file(items), gzip_file(tar_file(items))}) {
      const auto file = folder.write("x.nemo", bytes);
      const auto tensors = storage::read_checkpoint(file);
      REQUIRE(tensors.size() == 2);
      CHECK(at::equal(tensors.at("weight"), at::arange(6, at::kFloat).view({2, 3})));
      CHECK(at::equal(tensors.at("bias"), at::tensor({6.f, 7.f})));
      const auto summary = storage::describe_checkpoint(file);
      CHECK(summary.container == "NeMo");
      CHECK(summary.entries.size() == 2);
      CHECK(storage::read_model_config(file) == config);
    }
  }
}

TEST_CASE(
    "the tensors outlive the reading of a compressed file, and changing those of a plain one leaves the file alone") {
  const TemporaryFolder folder;
  const auto plain = tar_file({{"model_weights.ckpt", small_torch_file()}});
  for (const auto& bytes : {plain, gzip_file(plain)}) {
    const auto file = folder.write("x.nemo", bytes);
    storage::read_checkpoint(file).at("bias").fill_(0);
    CHECK(at::equal(storage::read_checkpoint(file).at("bias"), at::tensor({6.f, 7.f})));
  }
}

TEST_CASE("only a .nemo file with a configuration has one") {
  const TemporaryFolder folder;
  CHECK(storage::read_model_config(folder.write("x.nemo", tar_file({{"model_weights.ckpt", small_torch_file()}})))
            .empty());
  CHECK(storage::read_model_config(folder.write("x.pt", small_torch_file())).empty());
  CHECK(storage::read_model_config(folder.write("x.safetensors", small_safetensors_file())).empty());
  const auto long_one = folder.write("y.nemo", tar_file({{"model_config.yaml", std::string((1 << 20) + 1, '#')}}));
  CHECK_THROWS_WITH_AS(storage::read_model_config(long_one),
                       doctest::Contains("y.nemo: model_config.yaml: has 1048577 bytes"), Error);
}

TEST_CASE("an archive of something else is refused, naming what it holds") {
  check_refused(
      {{"model.txt", "a"}, {"./other/model_weights.ckpt", small_torch_file()}},
      "is a tar archive without model_weights.ckpt, so it is no .nemo file or was cut off (it holds 'model.txt', "
      "'other/model_weights.ckpt'); download it again");
  check_refused({{"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}, {"e", ""}}, "(it holds 'a', 'b', 'c', 'd', ...)");
  check_refused({{"model_weights.ckpt", "weights"}}, "model_weights.ckpt: is no file of torch.save");
  check_refused({{"model_weights.ckpt", ""}}, "model_weights.ckpt: is no file of torch.save");
  check_refused({{"model_weights.ckpt", tar_file({{"model_weights.ckpt", small_torch_file()}})}},
                "is no file of torch.save");
  check_refused({{"model_weights.ckpt", small_torch_file().substr(0, 300)}}, "x.nemo: model_weights.ckpt: ");
}

TEST_CASE("members that lead out of the archive are refused, wherever they are in it") {
  const TarItem good = {"model_weights.ckpt", small_torch_file()};
  for (const auto* name : {"../model_weights.ckpt", "/model_weights.ckpt", "a/../../b", "./..", "a/.."}) {
    CAPTURE(name);
    check_refused({{name, small_torch_file()}, good},
                  std::string("has a member '") + name + "', a path that leads out of it");
    check_refused({good, {name, small_torch_file()}}, "a path that leads out of it");
  }
  const TemporaryFolder folder;
  CHECK(error_of(folder, tar_file({{"..model", ""}, {"a/b../c", ""}, good})) == "no error");
}

TEST_CASE("weights that are there twice, and weights that are a link, are refused") {
  const TarItem good = {"model_weights.ckpt", small_torch_file()};
  check_refused({good, {"./model_weights.ckpt", small_torch_file()}}, "has 'model_weights.ckpt' twice");
  for (const char kind : {'1', '2', '3', '6'}) {
    CAPTURE(kind);
    check_refused({{"model_weights.ckpt", "", kind, 0, "/etc/passwd"}}, "is a link or a device in the tar archive");
  }
}

TEST_CASE("a member of more bytes than there can be is refused before it costs memory") {
  constexpr std::uint64_t vast = 7'000'000'000;  // what eleven octal digits can say is below 8 GiB
  check_refused(
      {{"model_weights.ckpt", small_torch_file(), '0', vast}},
      "the member 'model_weights.ckpt' of the tar archive claims 7000000000 bytes, more than the file can hold");
  check_refused({{"other", "x", '0', vast}, {"model_weights.ckpt", small_torch_file()}}, "the member 'other'");
}

TEST_CASE("an archive of endlessly many members is given up") {
  std::vector<TarItem> items{{"model_weights.ckpt", small_torch_file()}};
  for (int i = 0; i < 10'000; ++i) items.push_back({"a" + std::to_string(i), ""});
  check_refused(items, "the tar archive has more than 10000 members");
}

TEST_CASE("an archive that was cut off is refused, wherever") {
  const TemporaryFolder folder;
  const auto whole = tar_file({{"model_config.yaml", config}, {"model_weights.ckpt", small_torch_file()}});
  const std::size_t data_end = 3 * 512 + small_torch_file().size();
  for (std::size_t length = 513; length < data_end; length += 97) {
    CAPTURE(length);
    const auto error = error_of(folder, whole.substr(0, length));
    CHECK_MESSAGE((has(error, "cut off") || has(error, "without model_weights.ckpt")), error);
  }
  CHECK(has(error_of(folder, whole.substr(0, data_end - 1)), "cut off"));
  // Decompressed in blocks of 64 KiB, of which the first tells that it is a tar archive.
  const TarItem long_one = {"tokens.txt", std::string(150'000, 'a')};
  const auto compressed = gzip_file(tar_file({long_one, {"model_weights.ckpt", small_torch_file()}}));
  for (std::size_t length = 70'000; length < 151'000 + small_torch_file().size(); length += 997) {
    CAPTURE(length);
    const auto error = error_of(folder, compressed.substr(0, length));
    CHECK_MESSAGE((has(error, "cut off") || has(error, "without model_weights.ckpt")), error);
  }
}

TEST_CASE("a damaged header is refused") {
  const TemporaryFolder folder;
  auto bytes = tar_file({{"model_config.yaml", config}, {"model_weights.ckpt", small_torch_file()}});
  bytes[1024] ^= 1;  // the second member's name no longer agrees with its checksum
  CHECK(has(error_of(folder, bytes), "the tar archive is damaged or cut off"));
}
