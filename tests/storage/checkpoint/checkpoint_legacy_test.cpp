// Files of torch.save before 1.6, and checkpoints of trainers in both containers of torch.save.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "storage/checkpoint/checkpoint.h"
#include "storage/checkpoint/container.h"
#include "tests/support/checkpoint_fixtures.h"

using namespace cfo;
using namespace cfo::test;

namespace {

const std::string six = bytes_of<float>({0, 1, 2, 3, 4, 5});

TensorMap read(const std::string& bytes, const storage::CheckpointOptions& options = {}) {
  return storage::read_checkpoint(storage::bytes_in_memory("x.pt", bytes), options);
}

std::string type_of(const storage::CheckpointSummary& summary, const std::string& name) {
  for (const auto& entry : summary.entries)
    if (entry.name == name) return entry.type;
  return "missing";
}

/// The object in a zip archive, and in a legacy file; its storage "0" holds `six`.
std::vector<std::string> both_containers(const std::string& pickle) {
  return {torch_file(pickle, {{"0", six}}), legacy_file(pickle, {{"0", six}})};
}

/// An object of a class of the trainer's own, with its state.
Pickle& object(Pickle& pickle, std::string_view module, std::string_view name) {
  return pickle.global(module, name).raw(")\x81}").text("lr").raw("K\x01sb");
}

}  // namespace

TEST_CASE("a legacy file is read wherever its storages lie") {
  for (std::size_t shift = 0; shift < 8; ++shift) {
    const auto tensors = read(small_legacy_file(shift));
    REQUIRE(tensors.size() == 2);
    CHECK(at::equal(tensors.at("weight"), at::arange(6, at::kFloat).view({2, 3})));
    CHECK(at::equal(tensors.at("bias"), at::tensor({6.f, 7.f})));
    CHECK(reinterpret_cast<std::uintptr_t>(tensors.at("weight").data_ptr()) % alignof(double) == 0);
  }
}

TEST_CASE("aligned storages of a legacy file alias it; the others are copied") {
  int aliased = 0;
  for (std::size_t shift = 0; shift < 8; ++shift) {
    const auto file = storage::bytes_in_memory("x.pt", small_legacy_file(shift));
    const auto tensors = storage::read_checkpoint(file);
    const auto* data = static_cast<const char*>(tensors.at("weight").data_ptr());
    const bool inside = data >= file.bytes.data() && data < file.bytes.data() + file.bytes.size();
    CHECK(inside == ((file.bytes.find(six) + reinterpret_cast<std::uintptr_t>(file.bytes.data())) % 8 == 0));
    aliased += inside;
  }
  CHECK(aliased == 1);
}

TEST_CASE("tensors of a legacy file share their storage, whatever their strides, and leave the file as it is") {
  Pickle pickle;
  pickle.raw("}(").text("all").tensor("FloatStorage", "0", 6, 0, {6}, {1});
  pickle.text("transposed").tensor("FloatStorage", "0", 6, 0, {3, 2}, {1, 3}).raw("u");
  const TemporaryFolder folder;
  for (std::size_t shift = 0; shift < 8; ++shift) {
    const auto file = folder.write("x.pt", legacy_file(pickle.stop(), {{"0", six}}, shift));
    auto tensors = storage::read_checkpoint(file);
    CHECK(at::equal(tensors.at("transposed"), at::arange(6, at::kFloat).view({2, 3}).t()));
    tensors.at("all").fill_(8);
    CHECK(at::equal(tensors.at("transposed"), at::full({3, 2}, 8.f)));
    CHECK(at::equal(storage::read_checkpoint(file).at("all"), at::arange(6, at::kFloat)));
  }
}

TEST_CASE("a storage view of early torch is a part of its root, which both share") {
  Pickle pickle;
  pickle.raw("}(").text("root").tensor("FloatStorage", "0", 6, 0, {6}, {1}).text("view");
  pickle.global("torch._utils", "_rebuild_tensor").raw("((").text("storage").global("torch", "FloatStorage");
  pickle.text("0").text("cpu").integer(6).raw("(").text("9").integer(2).integer(3).raw("ttQ");  // 3 elements from 2
  pickle.integer(1).integers({2}).integers({1}).raw("tRu");                                     // 2 from its own 1
  auto tensors = read(legacy_file(pickle.stop(), {{"0", six}}));
  CHECK(at::equal(tensors.at("view"), at::tensor({3.f, 4.f})));
  tensors.at("root").fill_(8);
  CHECK(at::equal(tensors.at("view"), at::tensor({8.f, 8.f})));
}

TEST_CASE("storages of every size are passed over: half, complex and quantised ones before another") {
  const auto half = at::tensor({1.5f, -2.f, 0.25f}).to(at::kHalf);
  const std::string half_bytes(static_cast<const char*>(half.data_ptr()), 6);
  Pickle pickle;
  pickle.raw("}(").text("half").tensor("HalfStorage", "1", 3, 0, {3}, {1});
  pickle.text("complex").tensor("ComplexFloatStorage", "2", 2, 0, {2}, {1});
  pickle.text("cuda").global("torch._utils", "_rebuild_tensor_v2").raw("(");
  pickle.storage("FloatStorage", "0", 6, "torch.cuda").integer(0).integers({6}).integers({1}).raw("\x89");
  pickle.ordered_dict().raw("tR").text("quantised").storage("QInt32Storage", "3", 1).raw("u");
  const std::string file = legacy_file(
      pickle.stop(), {{"2", std::string(16, 'c'), 8}, {"3", std::string(4, 'q')}, {"1", half_bytes, 2}, {"0", six}});
  const auto tensors = read(file);
  REQUIRE(tensors.size() == 2);
  CHECK(at::equal(tensors.at("half"), half));
  CHECK(at::equal(tensors.at("cuda"), at::arange(6, at::kFloat)));
  CHECK(type_of(storage::describe_checkpoint(storage::bytes_in_memory("x.pt", file)), "complex") ==
        "opaque torch.ComplexFloatStorage");
}

TEST_CASE("a Lightning checkpoint: its state_dict is read, callbacks and hyper-parameters stay opaque") {
  Pickle pickle;
  pickle.raw("}(").text("epoch").integer(3).text("pytorch-lightning_version").text("1.9.0");
  pickle.text("callbacks").raw("}").global("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint");
  pickle.raw("}").text("best").tensor("FloatStorage", "0", 6, 0, {}, {}).raw("ss");
  object(pickle.text("hyper_parameters"), "pytorch_lightning.utilities.parsing", "AttributeDict");
  pickle.text("state_dict").ordered_dict().text("net.w").tensor("FloatStorage", "0", 6, 0, {2, 3}, {3, 1}).raw("su");
  for (const std::string& file : both_containers(pickle.stop())) {
    const auto tensors = read(file, {.nesting = {"state_dict"}, .prefix = ""});
    REQUIRE(tensors.size() == 1);
    CHECK(at::equal(tensors.at("net.w"), at::arange(6, at::kFloat).view({2, 3})));
    const auto summary = storage::describe_checkpoint(storage::bytes_in_memory("x.pt", file));
    CHECK(type_of(summary, "hyper_parameters") == "opaque pytorch_lightning.utilities.parsing.AttributeDict");
  }
}

TEST_CASE("a fairseq checkpoint: its model is read, args, configuration and task stay opaque") {
  Pickle pickle;
  object(pickle.raw("}(").text("args"), "argparse", "Namespace").text("cfg").raw("}(");
  object(pickle.text("model"), "argparse", "Namespace").text("kind");
  pickle.global("fairseq.dataclass.constants", "Choices").text("legacy").raw("\x85R");
  object(pickle.text("task"), "omegaconf.dictconfig", "DictConfig").raw("u");
  pickle.text("model").ordered_dict().text("w").tensor("FloatStorage", "0", 6, 1, {2}, {3}).raw("s");
  pickle.text("optimizer_history").raw("]}").text("num_updates").integer(9).raw("sa");
  object(pickle.text("task_state").raw("}").text("dictionary"), "fairseq.data.dictionary", "Dictionary").raw("su");
  for (const std::string& file : both_containers(pickle.stop())) {
    const auto tensors = read(file, {.nesting = {"model"}, .prefix = ""});
    REQUIRE(tensors.size() == 1);
    CHECK(at::equal(tensors.at("w"), at::tensor({1.f, 4.f})));
    const auto summary = storage::describe_checkpoint(storage::bytes_in_memory("x.pt", file));
    CHECK(type_of(summary, "cfg.task") == "opaque omegaconf.dictconfig.DictConfig");
    CHECK(type_of(summary, "cfg.kind") == "opaque fairseq.dataclass.constants.Choices");
  }
}
