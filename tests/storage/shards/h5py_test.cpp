// What a Python user sees: three lines with h5py.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/support/speech_like.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

bool python_runs(const std::string& arguments) { return std::system(("/usr/bin/python3 " + arguments).c_str()) == 0; }

bool h5py_is_here() {
  if (python_runs("-c 'import h5py' 2>/dev/null")) return true;
  skip("python3-h5py is not installed");
  return false;
}

/// Runs `script` with the file name as sys.argv[1]; true when none of its assertions failed.
bool holds(const TemporaryFolder& folder, const std::string& script, const fs::path& file) {
  write_file(folder / "check.py", script);
  return python_runs((folder / "check.py").string() + " " + file.string());
}

}  // namespace

TEST_CASE("h5py reads a shard in three lines") {
  if (!h5py_is_here()) return;
  const TemporaryFolder folder;
  std::vector<ShardUtterance> made;
  for (int i = 0; i < 3; ++i) {
    made.push_back(utterance(i));
    for (std::size_t k = 0; k < made.back().audio.size(); ++k)
      made.back().audio[k] = static_cast<int16_t>(static_cast<int>(k % 1000) - 500 * i);
  }
  made[1].speaker_id = "Zoë";
  write_shard(folder / "00000.h5", encodec_attributes(), made);
  CHECK(holds(folder, R"(
import sys, h5py
f = h5py.File(sys.argv[1])
a, b = f["audio_offset"][1:3]
wave = f["audio"][a:b]

import numpy
assert wave.dtype == numpy.int16 and len(wave) == 20017, wave
assert (wave == numpy.arange(20017) % 1000 - 500).all()
assert list(f["utterance_id"].asstr()) == ["p225_100", "p225_101", "p225_102"]
assert list(f["speaker_id"].asstr()) == ["p225", "Zoë", "p225"]
assert list(f["label"]) == [1, 1, 1] and f["label"].dtype == numpy.uint8
assert f["audio_offset"].dtype == numpy.uint64 and f["audio_offset"][-1] == len(f["audio"])
assert f["duration"][1] == 20017 / 16000
assert f["measures/snr_db"][2] == 12.5
values, offset = f["codes/1/values"], f["codes/1/offset"]
assert values.shape == (36, 3) and values.dtype == numpy.int32 and list(offset) == [0, 10, 22, 36]
assert (values[10:22] == 1000 + numpy.arange(36).reshape(3, 12).T).all()
attributes = {name: value.decode() if isinstance(value, bytes) else value for name, value in f.attrs.items()}
assert attributes["schema"] == "cfo-shard" and attributes["schema_version"] == 1
assert attributes["codec"] == "Encodec_6b24k" and attributes["decoder"] == "Time"
assert attributes["sample_rate"] == 16000 and attributes["codec_sample_rate"] == 24000
for name in ("audio", "label", "utterance_id", "codes/0/values"):
    assert f[name].shuffle and f[name].fletcher32 and f[name].compression == "gzip" and f[name].chunks, name
)",
              folder / "00000.h5"));
}

TEST_CASE("h5py reads embeddings") {
  if (!h5py_is_here()) return;
  const TemporaryFolder folder;
  write_embeddings(folder / "e.h5",
                   {{"a", "b"}, {"bonafide", "DAC24"}, {Label::bona_fide, Label::spoof}, 2, {1, 2, 3, 4}});
  CHECK(holds(folder, R"(
import sys, h5py
f = h5py.File(sys.argv[1])
assert f["embedding"][1].tolist() == [3, 4] and f["embedding"].dtype == "float32"
assert list(f["codec"].asstr()) == ["bonafide", "DAC24"] and list(f["label"]) == [0, 1]
assert f.attrs["schema"].decode() == "cfo-embeddings"
)",
              folder / "e.h5"));
}
