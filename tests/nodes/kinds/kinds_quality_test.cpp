// The quality node with the weights of UTMOS's golden record, written where the published file goes.
#include <ATen/ATen.h>
#include <H5Cpp.h>

#include <cmath>

#include "base/digest.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/fields.h"
#include "nodes/networks/tensors/seeded_weights.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/kind_support.h"
#include "tests/support/record_weights.h"

using namespace cfo;

namespace {

const std::string record = "utmos22_strong";

std::vector<float> recorded(const std::string& name) {
  const H5::H5File file(std::string(CFO_SOURCE_DIR) + "/tests/golden/" + record + "/golden.h5", H5F_ACC_RDONLY);
  const auto set = file.openDataSet(name);
  std::vector<float> values(static_cast<std::size_t>(set.getSpace().getSimpleExtentNpoints()));
  set.read(values.data(), H5::PredType::NATIVE_FLOAT);
  return values;
}

engine::Item spoken(const std::string& id, storage::Audio audio) {
  engine::Item item;
  item.id = id;
  item.set(kinds::fields::audio, std::move(audio));
  return item;
}

}  // namespace

TEST_CASE("quality needs the published weights and says where they go") {
  const test::TemporaryFolder folder;
  const test::Environment weights("CFO_WEIGHTS", folder.path().string());
  const auto kind = kinds::quality_kind();
  const auto parameters = test::parameters_of(kind, {});
  const auto sentences = kind.lacks(parameters);
  REQUIRE(sentences.size() == 1);
  CHECK(test::contains(sentences.front(), "run 'cfo-weights fetch utmos22_strong'"));
  CHECK(test::contains(sentences.front(), (folder / "UTMOS22").string()));
  const auto before = kind.fingerprint(parameters);
  test::write_bytes(folder / "UTMOS22/utmos22_strong_step7459_v1.pt", "some weights");
  CHECK(kind.lacks(parameters).empty());
  CHECK(kind.fingerprint(parameters) != before);
  CHECK(test::contains(test::sentence_of([&] { test::RunningNode(kind, {}); }), "utmos22_strong_step7459_v1.pt"));
}

TEST_CASE("speech of a split that is not to be scored passes without a score, and without the weights") {
  const test::TemporaryFolder folder;
  const test::Environment weights("CFO_WEIGHTS", folder.path().string());
  const test::Values values = {{"split", std::string("train")}, {"splits", std::vector<std::string>{"eval"}}};
  const auto kind = kinds::quality_kind();
  CHECK(kind.lacks(test::parameters_of(kind, values)).empty());
  test::RunningNode quality(kind, values);
  CHECK(std::isnan(quality(spoken("p1_1", test::voice_audio(0.5, 16000, 120))).get(kinds::fields::utmos).value));
}

TEST_CASE("quality gives each utterance of a batch the official score, whatever its rate and length") {
  const test::TemporaryFolder folder;
  const test::Environment weights("CFO_WEIGHTS", folder.path().string());
  test::fs::create_directories(folder / "UTMOS22");
  storage::write_safetensors(folder / "UTMOS22/utmos22_strong_step7459_v1.pt", test::record_weights(record));
  test::RunningNode quality(kinds::quality_kind(), {});
  const auto first = spoken("p1_1", {.samples = recorded("case0/input"), .sample_rate = 16000});
  const auto second = spoken("p1_2", {.samples = recorded("case1/input"), .sample_rate = 24000});
  const auto outputs = quality.run({{first}, {second}});
  constexpr double rounding = 1e-4;
  for (const auto& output : outputs) {
    CHECK(output.get(kinds::fields::utmos).weights_digest ==
          digest_of_file(folder / "UTMOS22/utmos22_strong_step7459_v1.pt"));
  }
  CHECK(outputs[0].get(kinds::fields::utmos).value ==
        doctest::Approx(recorded("case0/score").front()).epsilon(rounding));
  CHECK(outputs[1].get(kinds::fields::utmos).value ==
        doctest::Approx(recorded("case1/score").front()).epsilon(rounding));
  CHECK(quality(first).get(kinds::fields::utmos).value == outputs[0].get(kinds::fields::utmos).value);
  CHECK(quality(second).get(kinds::fields::utmos).value == outputs[1].get(kinds::fields::utmos).value);
  CHECK(outputs[0].get(kinds::fields::audio).samples == first.get(kinds::fields::audio).samples);
  CHECK(test::contains(test::sentence_of([&] { quality(spoken("p1_3", {.samples = {}, .sample_rate = 16000})); }),
                       "the audio is empty"));
  CHECK(test::contains(test::sentence_of([&] { quality(spoken("p1_4", test::voice_audio(0.01, 16000, 120))); }),
                       "at least 400 samples"));
}
