#include <ATen/ATen.h>
#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/checkpoint_fixtures.h"

using namespace cfo;
using namespace cfo::test;

namespace {

TensorMap read(const std::string& bytes, const storage::CheckpointOptions& options = {}) {
  const TemporaryFolder folder;
  return storage::read_checkpoint(folder.write("model.pth", bytes), options);
}

std::string error_of(const std::string& bytes, const storage::CheckpointOptions& options = {}) {
  try {
    read(bytes, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// Type and shape of the entry `name`.
std::string entry(const storage::CheckpointSummary& summary, const std::string& name) {
  for (const auto& found : summary.entries)
    if (found.name == name) return fmt::format("{} {}", found.type, fmt::join(found.shape, "x"));
  return "missing";
}

storage::CheckpointSummary describe(const std::string& bytes) {
  const TemporaryFolder folder;
  return storage::describe_checkpoint(folder.write("model.pth", bytes));
}

/// A zip archive whose entries are deflated, by libarchive.
std::string deflated_zip(const std::vector<ZipItem>& items) {
  std::string file(1 << 20, '\0');
  std::size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_zip_set_compression_deflate(writer);
  archive_write_open_memory(writer, file.data(), file.size(), &used);
  for (const ZipItem& item : items) {
    archive_entry* header = archive_entry_new();
    archive_entry_set_pathname(header, item.name.c_str());
    archive_entry_set_size(header, static_cast<la_int64_t>(item.bytes.size()));
    archive_entry_set_filetype(header, AE_IFREG);
    archive_entry_set_perm(header, 0644);
    archive_write_header(writer, header);
    archive_write_data(writer, item.bytes.data(), item.bytes.size());
    archive_entry_free(header);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  return file.substr(0, used);
}

const std::string six = bytes_of<float>({0, 1, 2, 3, 4, 5});

void check_small(const TensorMap& tensors) {
  REQUIRE(tensors.size() == 2);
  CHECK(at::equal(tensors.at("weight"), at::arange(6, at::kFloat).view({2, 3})));
  CHECK(at::equal(tensors.at("bias"), at::tensor({6.f, 7.f})));
}

}  // namespace

TEST_CASE("a torch.save archive is read: stored, zip64, unaligned, deflated") {
  check_small(read(small_torch_file()));
  check_small(read(small_torch_file({.alignment = 64, .zip64 = true})));
  check_small(read(small_torch_file({.alignment = 1})));
  Pickle pickle;
  pickle.raw("}(").text("weight").tensor("FloatStorage", "0", 6, 0, {2, 3}, {3, 1});
  pickle.text("bias").tensor("FloatStorage", "1", 2, 0, {2}, {1}).raw("u");
  check_small(read(deflated_zip(torch_items(pickle.stop(), {{"0", six}, {"1", bytes_of<float>({6, 7})}}))));
}

TEST_CASE("stored tensors alias the mapping: two over one storage share memory, and the file stays as it is") {
  Pickle pickle;
  pickle.raw("}(").text("all").tensor("FloatStorage", "0", 6, 0, {6}, {1});
  pickle.text("tail").tensor("FloatStorage", "0", 6, 4, {2}, {1}).raw("u");
  const TemporaryFolder folder;
  const auto file = folder.write("x.pt", torch_file(pickle.stop(), {{"0", six}}));
  auto tensors = storage::read_checkpoint(file);
  tensors.at("all").fill_(8);
  CHECK(at::equal(tensors.at("tail"), at::tensor({8.f, 8.f})));
  CHECK(at::equal(storage::read_checkpoint(file).at("tail"), at::tensor({4.f, 5.f})));
}

TEST_CASE("strides: transposed, sliced, broadcast and empty tensors") {
  Pickle pickle;
  pickle.raw("}(").text("transposed").tensor("FloatStorage", "0", 6, 0, {3, 2}, {1, 3});
  pickle.text("column").tensor("FloatStorage", "0", 6, 1, {2}, {3});
  pickle.text("broadcast").tensor("FloatStorage", "0", 6, 5, {2, 2}, {0, 0});
  pickle.text("empty").tensor("FloatStorage", "0", 6, 0, {0, 3}, {3, 1});
  pickle.text("scalar").tensor("FloatStorage", "0", 6, 3, {}, {}).raw("u");
  const auto tensors = read(torch_file(pickle.stop(), {{"0", six}}));
  CHECK(at::equal(tensors.at("transposed"), at::arange(6, at::kFloat).view({2, 3}).t()));
  CHECK(at::equal(tensors.at("column"), at::tensor({1.f, 4.f})));
  CHECK(at::equal(tensors.at("broadcast"), at::full({2, 2}, 5.f)));
  CHECK(tensors.at("empty").sizes() == at::IntArrayRef({0, 3}));
  CHECK(tensors.at("scalar").item<float>() == 3);
}

TEST_CASE("every element type of torch is read") {
  const std::pair<std::string, at::ScalarType> types[] = {
      {"DoubleStorage", at::kDouble},     {"FloatStorage", at::kFloat}, {"HalfStorage", at::kHalf},
      {"BFloat16Storage", at::kBFloat16}, {"LongStorage", at::kLong},   {"IntStorage", at::kInt},
      {"ShortStorage", at::kShort},       {"CharStorage", at::kChar},   {"ByteStorage", at::kByte},
      {"BoolStorage", at::kBool}};
  for (const auto& [name, type] : types) {
    INFO(name);
    const at::Tensor wanted = at::tensor({1, 0, 1}, at::kLong).to(type);
    const std::string bytes(static_cast<const char*>(wanted.data_ptr()), wanted.numel() * wanted.element_size());
    Pickle pickle;
    pickle.raw("}").text("t").tensor(name, "k", 3, 0, {3}, {1}).raw("s");
    const auto tensors = read(torch_file(pickle.stop(), {{"k", bytes}}));
    CHECK((tensors.at("t").scalar_type() == type));
    CHECK(at::equal(tensors.at("t"), wanted));
  }
}

TEST_CASE("parameters, untyped storages and tensors with attributes are tensors") {
  Pickle pickle;
  pickle.raw("}(");
  pickle.text("parameter").global("torch._utils", "_rebuild_parameter").raw("(");
  pickle.tensor("FloatStorage", "0", 6, 0, {6}, {1}).raw("\x88").ordered_dict().raw("tR");
  pickle.text("state").global("torch._utils", "_rebuild_parameter_with_state").raw("(");
  pickle.tensor("FloatStorage", "0", 6, 0, {6}, {1}).raw("\x88").ordered_dict().raw("}tR");
  pickle.text("untyped").global("torch._utils", "_rebuild_tensor_v3").raw("(");
  pickle.storage("UntypedStorage", "0", 24, "torch.storage").integer(0).integers({3}).integers({1}).raw("\x89");
  pickle.ordered_dict().global("torch", "int64").raw("tR");
  pickle.text("subclass").global("torch._tensor", "_rebuild_from_type_v2").raw("(");
  pickle.global("torch._utils", "_rebuild_tensor_v2").global("torch", "Tensor").raw("(");
  pickle.storage("FloatStorage", "0", 6).integer(0).integers({6}).integers({1}).raw("\x89").ordered_dict().raw("t}tR");
  const auto tensors = read(torch_file(pickle.raw("u").stop(), {{"0", six}}));
  REQUIRE(tensors.size() == 4);
  for (const auto* name : {"parameter", "state", "subclass"})
    CHECK(at::equal(tensors.at(name), at::arange(6, at::kFloat)));
  CHECK((tensors.at("untyped").scalar_type() == at::kLong));
  CHECK(tensors.at("untyped").sizes() == at::IntArrayRef({3}));
}

TEST_CASE("nested dicts and lists become dotted names; other values are described and left out") {
  Pickle pickle;
  pickle.raw("}(");
  pickle.text("generator").ordered_dict().text("w").tensor("FloatStorage", "0", 6, 0, {6}, {1}).raw("s");
  pickle.raw("}").text("_metadata").raw("}sb");  // a state dict carries its _metadata as an attribute
  pickle.text("optimizers").raw("](}(").integer(0).tensor("FloatStorage", "0", 6, 0, {2}, {1}).raw("ue");
  pickle.text("epoch").integer(-7).text("rate").raw("G\x3f\x50\x62\x4d\xd2\xf1\xa9\xfc").text("name").text("hifi");
  pickle.text("none").raw("N").text("flag").raw("\x88").text("sizes").integers({1, 2, 3});
  pickle.text("bytes").raw("C\x02hi").text("set").global("__builtin__", "set").raw("(]").integer(1).raw("atR");
  pickle.text("config").global("omegaconf.dictconfig", "DictConfig").raw(")\x81}").text("a").integer(1).raw("sb");
  pickle.text("kind").global("torch", "float16").raw("u");
  const std::string file = torch_file(pickle.stop(), {{"0", six}});

  const auto tensors = read(file);
  REQUIRE(tensors.size() == 2);
  CHECK(tensors.contains("generator.w"));
  CHECK(tensors.contains("optimizers.0.0"));
  CHECK(read(file, {.nesting = {"generator"}, .prefix = ""}).begin()->first == "w");
  CHECK(read(file, {.nesting = {"optimizers", "0"}, .prefix = "o"}).begin()->first == "o.0");

  const auto summary = describe(file);
  CHECK(summary.container == "torch zip");
  CHECK(entry(summary, "generator.w") == "float32 6");
  CHECK(entry(summary, "epoch") == "int ");
  CHECK(entry(summary, "rate") == "float ");
  CHECK(entry(summary, "name") == "str ");
  CHECK(entry(summary, "none") == "None ");
  CHECK(entry(summary, "flag") == "bool ");
  CHECK(entry(summary, "bytes") == "bytes ");
  CHECK(entry(summary, "sizes") == "tuple 3");
  CHECK(entry(summary, "set") == "set 1");
  CHECK(entry(summary, "config") == "opaque omegaconf.dictconfig.DictConfig ");
  CHECK(entry(summary, "kind") == "opaque torch.float16 ");
}

TEST_CASE("a nesting key that is not there names those that are") {
  Pickle pickle;
  pickle.raw("}(").text("generator").raw("}").text("w").tensor("FloatStorage", "0", 6, 0, {6}, {1}).raw("s");
  pickle.text("epoch").integer(3).raw("u");
  const std::string file = torch_file(pickle.stop(), {{"0", six}});
  CHECK(
      has(error_of(file, {.nesting = {"model"}, .prefix = ""}),
          "model.pth: has no key 'model' at the top (the nesting setting asks for it); the keys there are: generator, "
          "epoch"));
  CHECK(has(error_of(file, {.nesting = {"generator", "x"}, .prefix = ""}), "has no key 'x' in 'generator'"));
  CHECK(has(error_of(file, {.nesting = {"epoch", "x"}, .prefix = ""}), "there is a int, which has no keys"));
  CHECK(has(error_of(file, {.nesting = {"epoch"}, .prefix = ""}),
            "there are no tensors under 'epoch' but there are elsewhere; change the nesting setting"));
}

TEST_CASE("a file that is one tensor names it") {
  const std::string file = torch_file(Pickle().tensor("FloatStorage", "0", 6, 0, {6}, {1}).stop(), {{"0", six}});
  CHECK(read(file).begin()->first == "tensor");
  CHECK(read(file, {.nesting = {}, .prefix = "w"}).begin()->first == "w");
}

TEST_CASE("tensors that cannot be held are opaque, the rest is read") {
  Pickle pickle;
  pickle.raw("}(").text("w").tensor("FloatStorage", "0", 6, 0, {6}, {1});
  pickle.text("complex").tensor("ComplexFloatStorage", "0", 3, 0, {3}, {1});
  pickle.text("negated").global("torch._utils", "_rebuild_tensor_v2").raw("(").storage("FloatStorage", "0", 6);
  pickle.integer(0).integers({6}).integers({1}).raw("\x89").ordered_dict().raw("}").text("neg").raw("\x88stR").raw("u");
  const std::string file = torch_file(pickle.stop(), {{"0", six}});
  CHECK(read(file).size() == 1);
  CHECK(entry(describe(file), "complex") == "opaque torch.ComplexFloatStorage ");
  CHECK(entry(describe(file), "negated") == "opaque tensor with a conjugate or negative bit ");
}

TEST_CASE("a pickle that would run a command is data: nothing runs, and a file with nothing else is refused") {
  const TemporaryFolder folder;
  const std::filesystem::path proof = folder.path() / "ran";
  const std::string command = "touch " + proof.string();
  const auto attack = [&](Pickle pickle) { return pickle.global("os", "system").raw("(").text(command).raw("tR"); };
  CHECK(has(error_of(torch_file(attack(Pickle()).stop(), {})),
            "holds no tensors, only the Python object 'os.system', which is never rebuilt because that would run the "
            "file's code; ask for its state_dict saved with torch.save"));
  Pickle mixed;
  mixed.raw("}(").text("w").tensor("FloatStorage", "0", 6, 0, {6}, {1}).text("evil");
  const std::string file = torch_file(attack(mixed).raw("u").stop(), {{"0", six}});
  CHECK(read(file).size() == 1);
  CHECK(entry(describe(file), "evil") == "opaque os.system ");
  CHECK_FALSE(std::filesystem::exists(proof));
}

TEST_CASE("protocol 4: frames, memo, short texts and classes named on the stack") {
  const auto named = [](Pickle& pickle, std::string_view text) {  // SHORT_BINUNICODE, MEMOIZE
    pickle.raw("\x8c").raw(std::string(1, static_cast<char>(text.size()))).raw(text).raw("\x94");
  };
  const auto small = [](Pickle& pickle, char number) { pickle.raw("K").raw(std::string(1, number)); };
  Pickle pickle(4);
  pickle.raw("\x95").raw(little<std::uint64_t>(300)).raw("}\x94(");
  named(pickle, "a");
  named(pickle, "torch._utils");
  named(pickle, "_rebuild_tensor_v2");
  pickle.raw("\x93\x94((");  // memo 4
  named(pickle, "storage");
  named(pickle, "torch");
  named(pickle, "FloatStorage");
  pickle.raw("\x93\x94");
  named(pickle, "0");
  named(pickle, "cpu");
  small(pickle, 6);
  pickle.raw("t\x94Q");
  small(pickle, 2);
  small(pickle, 4);
  pickle.raw("\x85\x94");
  small(pickle, 1);
  pickle.raw("\x85\x94\x89");
  named(pickle, "collections");
  named(pickle, "OrderedDict");
  pickle.raw("\x93\x94)R\x94t\x94R\x94");  // the arguments are memo 18
  named(pickle, "b");
  pickle.raw("h\x04h\x12R\x94u");
  const auto tensors = read(torch_file(pickle.stop(), {{"0", six}}));
  REQUIRE(tensors.size() == 2);
  CHECK(at::equal(tensors.at("a"), at::tensor({2.f, 3.f, 4.f, 5.f})));
  CHECK(at::equal(tensors.at("b"), tensors.at("a")));
}

TEST_CASE("equal names from different keys are refused") {
  Pickle pickle;
  pickle.raw("}(").text("a.b").tensor("FloatStorage", "0", 6, 0, {6}, {1});
  pickle.text("a").raw("}").text("b").tensor("FloatStorage", "0", 6, 0, {6}, {1}).raw("su");
  CHECK(has(error_of(torch_file(pickle.stop(), {{"0", six}})), "two tensors are named 'a.b'"));
}
