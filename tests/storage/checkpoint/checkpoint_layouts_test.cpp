// The layouts in which the codecs of graphs/codecs are published: what each card names is read as the card says.
#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "storage/checkpoint/checkpoint.h"
#include "storage/checkpoint/container.h"
#include "tests/support/checkpoint_fixtures.h"
#include "tests/support/skip.h"

using namespace cfo;
using namespace cfo::test;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

const std::string six = bytes_of<float>({0, 1, 2, 3, 4, 5});

/// {nesting[0]: {nesting[1]: {"w": tensor}}}, as torch.save writes it.
std::string nested_pickle(const std::vector<std::string>& nesting) {
  Pickle pickle;
  for (const auto& key : nesting) pickle.raw("}").text(key);
  pickle.raw("}").text("w").tensor("FloatStorage", "0", 6, 0, {6}, {1}).raw("s");
  for (std::size_t i = 0; i < nesting.size(); ++i) pickle.raw("s");
  return pickle.stop();
}

/// A small file of each form that a card's `container` stands for.
std::vector<std::string> files_of(const std::string& container, const std::vector<std::string>& nesting) {
  const std::string pickle = nested_pickle(nesting);
  if (container == "torch") return {torch_file(pickle, {{"0", six}}), legacy_file(pickle, {{"0", six}})};
  if (container == "safetensors")
    return {safetensors_file(R"({"w":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}})", six)};
  if (container == "nemo") return {tar_file({{"model_weights.ckpt", torch_file(pickle, {{"0", six}})}})};
  if (container == "npy") return {npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", six)};
  return {};
}

/// Every text under the key "container", wherever it is.
void collect_containers(const nlohmann::json& value, std::vector<std::string>& found) {
  if (value.is_object() && value.contains("container") && value["container"].is_string())
    found.push_back(value["container"].get<std::string>());
  if (value.is_structured())
    for (const auto& child : value) collect_containers(child, found);
}

}  // namespace

TEST_CASE("every weight file of every card is in a container that is read, with its nesting and prefix") {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(CFO_SOURCE_DIR) / "graphs" / "codecs")) {
    if (entry.path().extension() != ".yaml") continue;
    const YAML::Node card = YAML::LoadFile(entry.path().string());
    for (const auto& file : card["weights"]) {
      INFO(entry.path().string());
      const auto nesting =
          file["nesting"] ? file["nesting"].as<std::vector<std::string>>() : std::vector<std::string>();
      const auto prefix = file["prefix"].as<std::string>("");
      const auto forms = files_of(file["container"].as<std::string>(), nesting);
      CHECK(!forms.empty());
      for (const auto& bytes : forms) {
        const auto tensors = storage::read_checkpoint(storage::bytes_in_memory("x", bytes), {nesting, prefix});
        REQUIRE(tensors.size() == 1);
        CHECK(at::equal(tensors.begin()->second, at::arange(6, at::kFloat)));
      }
      ++files;
    }
  }
  CHECK(files > 40);
}

TEST_CASE("AudioDec: the generator alone, out of a training state with discriminator, optimizers and schedulers") {
  Pickle pickle;
  pickle.raw("}(").text("model").raw("}(");
  pickle.text("generator").ordered_dict().text("encoder.conv.weight").tensor("FloatStorage", "0", 6, 0, {2, 3}, {3, 1});
  pickle.raw("s").text("discriminator").ordered_dict().text("w").tensor("FloatStorage", "0", 6, 0, {6}, {1}).raw("su");
  pickle.text("optimizer").raw("}").text("generator").raw("}(").text("state").raw("}").integer(0).raw("}");
  pickle.text("exp_avg").tensor("FloatStorage", "0", 6, 0, {6}, {1}).raw("ss").text("param_groups").raw("]}");
  pickle.text("betas").raw("G?\xe0\0\0\0\0\0\0"s).raw("G?\xe0\0\0\0\0\0\0"s).raw("\x86sau").raw("s");
  pickle.text("scheduler").raw("}").text("generator").raw("}").text("last_epoch").integer(9).raw("ss");
  pickle.text("steps").integer(500000).text("epochs").integer(12).raw("u");
  for (const auto& bytes : {torch_file(pickle.stop(), {{"0", six}}), legacy_file(pickle.stop(), {{"0", six}})}) {
    const auto file = storage::bytes_in_memory("checkpoint-500000steps.pkl", bytes);
    const auto tensors = storage::read_checkpoint(file, {.nesting = {"model", "generator"}, .prefix = "autoencoder"});
    REQUIRE(tensors.size() == 1);
    CHECK(at::equal(tensors.at("autoencoder.encoder.conv.weight"), at::arange(6, at::kFloat).view({2, 3})));
  }
}

TEST_CASE("Amphion's FACodec: two flat files whose names do not collide") {
  const auto flat = [](const std::string& name) {
    Pickle pickle;
    pickle.ordered_dict().text(name).tensor("FloatStorage", "0", 6, 0, {6}, {1}).raw("s");
    return torch_file(pickle.stop(), {{"0", six}});
  };
  auto tensors = storage::read_checkpoint(storage::bytes_in_memory("ns3_facodec_encoder_v2.bin", flat("block.0.w")));
  tensors.merge(storage::read_checkpoint(storage::bytes_in_memory("ns3_facodec_decoder_v2.bin", flat("model.0.w"))));
  CHECK(tensors.size() == 2);
}

TEST_CASE("the golden records' manifests name no container that is not read") {
  const fs::path golden = fs::path(CFO_SOURCE_DIR) / ".." / "shared" / "golden";
  if (!fs::exists(golden)) {
    skip("there is no " + golden.string());
    return;
  }
  // Zip archives of several published files are unpacked when they are fetched.
  constexpr std::string_view read[] = {"torch", "safetensors", "numpy", "Lightning", "nemo", "NeMo", "tar"};
  std::vector<std::string> containers;
  for (const auto& entry : fs::directory_iterator(golden)) {
    std::ifstream manifest(entry.path() / "manifest.json");
    if (manifest) collect_containers(nlohmann::json::parse(manifest), containers);
  }
  CHECK(containers.size() > 30);
  for (const auto& text : containers) {
    CAPTURE(text);
    CHECK(std::any_of(std::begin(read), std::end(read),
                      [&](std::string_view name) { return text.find(name) != std::string::npos; }));
  }
}
