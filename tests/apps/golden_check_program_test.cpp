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
