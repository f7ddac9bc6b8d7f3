// golden-check on copies of compact records: it goes by what the record says.
#include <ATen/ATen.h>

#include "nodes/networks/codecs/make/make_codec.h"
#include "tests/support/record_copy.h"
#include "tests/support/record_weights.h"

using namespace cfo;
using namespace cfo::test;

namespace {

/// The arrays of the official command's processing, by our own network with a window of `seconds`.
std::map<std::string, at::Tensor> command_arrays(const std::string& letter, double seconds) {
  const auto numbers = fmt::format("{{processing: command, window: {}}}", seconds);
  const auto card = codecs::with_config(codecs::find_card("DAC24"), YAML::Load(numbers), "test");
  const auto codec = codecs::make_codec(card, tensors::WeightScope(record_weights("DAC24"), "record"));
  const H5::H5File file(CFO_SOURCE_DIR "/tests/golden/DAC24/golden.h5", H5F_ACC_RDONLY);
  const auto set = file.openDataSet("input");
  const auto wave = at::empty({1, 1, set.getSpace().getSimpleExtentNpoints()});
  set.read(wave.data_ptr(), H5::PredType::NATIVE_FLOAT);
  const auto codes = codec->quantize(codec->encode(wave));
  return {{"compress_codes_" + letter, codes.streams.front().squeeze(0)},
          {"compress_audio_" + letter, codec->decode(codes).flatten()}};
}

}  // namespace

TEST_CASE("the record rules the window of DAC's chunks") {
  RecordCopy record("DAC24");
  constexpr double whole = 5, chunk = 0.5;
  record.add("whole.h5", command_arrays("A", whole));
  record.add("chunks.h5", command_arrays("B", chunk));
  record.manifest["stats"]["chunked_win_duration"] = chunk;
  const auto outcome = record.check();
  CHECK_MESSAGE(outcome.code == 0, outcome.out);
  CHECK(has(outcome.out, "compress_codes_B"));
}

TEST_CASE("a record that holds some stages has these checked and the others named") {
  RecordCopy record("Encodec_6b24k");
  record.manifest.erase("compact");  // as if it were a full one
  record.remove("quantized");
  record.remove("audio");
  const auto outcome = record.check();
  CHECK_MESSAGE(outcome.code == 0, outcome.out);
  CHECK(has(outcome.out, "latent  pass"));
  CHECK(has(outcome.out, "codes   pass"));
  CHECK(has(outcome.out, "  not in the record: quantized, audio\n"));
  CHECK(line_count(outcome.out) == 3);
  record.manifest["seed"] = 12;
  CHECK(record.check().code == 1);
}

TEST_CASE("a stage is left out with the array that it would need") {
  const RecordCopy record("Encodec_6b24k");
  record.remove("input");
  const auto outcome = record.check();
  CHECK_MESSAGE(outcome.code == 0, outcome.out);
  CHECK(has(outcome.out, "audio      pass"));
  CHECK(has(outcome.out, "  not in the record: latent (needs input)\n"));
}

TEST_CASE("a record of which no stage can be checked is an error") {
  const RecordCopy record("Encodec_6b24k");
  for (const auto* const array : {"latent", "codes", "quantized", "audio"}) record.remove(array);
  const auto outcome = record.check();
  CHECK(outcome.code == 1);
  CHECK(has(outcome.out, "record  FAIL  no stage can be checked"));
  CHECK(has(outcome.out, "  not in the record: latent, codes, quantized, audio\n"));
}
