// The published networks whose golden records are shrunk, built at their full size: every tensor of the official
// checkpoint has the name and the shape that the card's numbers ask for. Next to nothing is computed: the tensors are
// of the meta device where that can be.
#include <ATen/ATen.h>
#include <H5Cpp.h>
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "nodes/networks/codecs/make/make_codec.h"

using namespace cfo;

namespace {

/// SoCodec's vocoder turns its filters round when it is made, which libtorch 1.13 cannot do without numbers.
c10::Device device_of(const std::string& model) { return model.starts_with("socodec") ? c10::kCPU : c10::kMeta; }

/// The lists of scripts/make_full_size_lists.py.
class Lists {
 public:
  Lists() : file_(std::string(CFO_SOURCE_DIR) + "/tests/full_size/lists.h5", H5F_ACC_RDONLY) {}

  std::vector<std::string> models() const {
    std::vector<std::string> names;
    for (hsize_t i = 0; i < file_.getNumObjs(); ++i) names.push_back(file_.getObjnameByIdx(i));
    return names;
  }

  TensorMap tensors(const std::string& model) const {
    const auto set = file_.openDataSet(model);
    std::string text(static_cast<std::size_t>(set.getSpace().getSimpleExtentNpoints()), ' ');
    set.read(text.data(), H5::PredType::NATIVE_UINT8);
    TensorMap tensors;
    for (const auto& row : nlohmann::json::parse(text)) {
      if (row.at(0) == "alphas_cumprod") continue;  // its values are read: without it the schedule is computed
      tensors.emplace(row.at(0), at::empty({}, at::TensorOptions(device_of(model)).dtype(at::kFloat))
                                     .expand(row.at(1).get<std::vector<int64_t>>()));
    }
    return tensors;
  }

 private:
  H5::H5File file_;
};

std::unique_ptr<codecs::Codec> build(const std::string& model, const tensors::WeightScope& weights) {
  return codecs::make_codec(codecs::find_card(model), weights, device_of(model));
}

}  // namespace

TEST_CASE(
    "each network builds at its published size from its card and uses every tensor that the card does not call "
    "unused") {
  const Lists lists;
  REQUIRE(lists.models().size() == 7);
  for (const auto& model : lists.models()) {
    CAPTURE(model);
    const tensors::WeightScope weights(lists.tensors(model), "published");
    CHECK_NOTHROW(build(model, weights));
    const auto card = codecs::find_card(model);
    for (const auto& tensor : weights.unused()) {
      CAPTURE(tensor);
      CHECK(codecs::is_unused(card, tensor));
    }
  }
}

TEST_CASE("a tensor of another shape than the card's numbers ask for is told by name") {
  const Lists lists;
  for (const auto& model : lists.models()) {
    CAPTURE(model);
    auto tensors = lists.tensors(model);
    const auto card = codecs::find_card(model);
    for (auto entry = tensors.rbegin(); entry != tensors.rend(); ++entry) {  // the last one that is used
      if (codecs::is_unused(card, entry->first) || entry->second.dim() < 2) continue;
      auto shape = entry->second.sizes().vec();
      shape.back() += 1;
      entry->second = at::empty({}, entry->second.options()).expand(shape);
      CHECK_THROWS_WITH_AS(build(model, tensors::WeightScope(tensors, "published")),
                           doctest::Contains(entry->first.c_str()), Error);
      break;
    }
  }
}
