// One clear sentence for every broken input.
#include <doctest/doctest.h>
#include <hdf5.h>

#include <cmath>

#include "storage/audio/audio.h"
#include "storage/shards/shard.h"
#include "tests/support/speech_like.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

/// For the leak checker of address-sanitized builds: HDF5 itself loses a little memory where it meets a damaged file or
/// a full disk.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }

namespace {

std::string shard_sentence(const fs::path& file) {
  return sentence_of([&] {
    const ShardReader shard(file);
    for (std::size_t i = 0; i < shard.size(); ++i) {
      shard.audio(i);
      shard.codes(i);
    }
    shard.measures();
  });
}

std::string audio_sentence(const fs::path& file) {
  return sentence_of([&] { read_audio(file); });
}

/// A shard of noise, which does not deflate: most of its bytes are audio.
std::string shard_bytes(const TemporaryFolder& folder) {
  write_shard(folder / "good.h5", encodec_attributes(), {utterance(0), utterance(1)});
  return bytes_of(folder / "good.h5");
}

/// Where the chunk of noise lies: HDF5's own answer.
std::size_t offset_of_audio(const fs::path& file) {
  const hid_t opened = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t set = H5Dopen2(opened, "audio", H5P_DEFAULT);
  const hid_t space = H5Dget_space(set);
  hsize_t position = 0, size = 0;
  unsigned mask = 0;
  haddr_t address = 0;
  REQUIRE(H5Dget_chunk_info(set, space, 0, &position, &mask, &address, &size) >= 0);
  H5Sclose(space);
  H5Dclose(set);
  H5Fclose(opened);
  return static_cast<std::size_t>(address);
}

void change_number(const fs::path& file, const char* name, int64_t value) {
  const hid_t opened = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t attribute = H5Aopen(opened, name, H5P_DEFAULT);
  REQUIRE(H5Awrite(attribute, H5T_NATIVE_INT64, &value) >= 0);
  H5Aclose(attribute);
  H5Fclose(opened);
}

void remove_link(const fs::path& file, const char* name) {
  const hid_t opened = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  REQUIRE(H5Ldelete(opened, name, H5P_DEFAULT) >= 0);
  H5Fclose(opened);
}

}  // namespace

TEST_CASE("truncated shards, at many lengths") {
  const TemporaryFolder folder;
  const std::string whole = shard_bytes(folder);
  const fs::path file = folder / "cut.h5";
  for (const double share : {0.1, 0.5, 0.9, 0.999}) {
    write_file(file, whole.substr(0, static_cast<std::size_t>(static_cast<double>(whole.size()) * share)));
    CHECK(shard_sentence(file) ==
          file.string() + ": is cut off (its end is missing); delete it and run the graph again");
  }
  for (const std::size_t length :
       {std::size_t{1}, std::size_t{8}, std::size_t{30}, std::size_t{48}, std::size_t{100}, whole.size() - 1}) {
    CAPTURE(length);
    write_file(file, whole.substr(0, length));
    CHECK(shard_sentence(file).starts_with(file.string() + ": "));
  }
  write_file(file, "");
  CHECK(shard_sentence(file) == file.string() + ": is empty (0 bytes); delete it and run the graph again");
}

TEST_CASE("an audio file called .h5, a folder, nothing") {
  const TemporaryFolder folder;
  write_audio(folder / "x.wav", noise(1000, 1), 16000);
  fs::rename(folder / "x.wav", folder / "x.h5");
  CHECK(shard_sentence(folder / "x.h5") ==
        (folder / "x.h5").string() + ": not an HDF5 file; give a .h5 file that CFO has written");
  CHECK(shard_sentence(folder.path()) == folder.path().string() + ": is not a file");
  CHECK(shard_sentence(folder / "none.h5") == (folder / "none.h5").string() + ": no such file");
}

TEST_CASE("HDF5 files that are no shards") {
  const TemporaryFolder folder;
  write_embeddings(folder / "e.h5", {{"a"}, {"DAC24"}, {Label::spoof}, 1, {1}});
  CHECK(shard_sentence(folder / "e.h5") ==
        (folder / "e.h5").string() + ": its schema is 'cfo-embeddings', but 'cfo-shard' is wanted here");
  const fs::path foreign = folder / "foreign.h5";
  H5Fclose(H5Fcreate(foreign.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  CHECK(shard_sentence(foreign) ==
        foreign.string() + ": an HDF5 file, but not of CFO: it has no attribute 'schema' ('cfo-shard' is wanted)");
}

TEST_CASE("a shard of a newer schema") {
  const TemporaryFolder folder;
  shard_bytes(folder);
  change_number(folder / "good.h5", "schema_version", 2);
  CHECK(shard_sentence(folder / "good.h5") ==
        (folder / "good.h5").string() +
            ": written by a newer CFO (cfo-shard version 2; this one reads up to 1); update CFO");
}

TEST_CASE("one flipped bit in the audio is caught by its checksum") {
  const TemporaryFolder folder;
  std::string bytes = shard_bytes(folder);
  const std::size_t audio = offset_of_audio(folder / "good.h5");
  for (const std::size_t distance : {0, 100, 30000}) {
    std::string damaged = bytes;
    damaged[audio + distance] = static_cast<char>(damaged[audio + distance] ^ 4);
    write_file(folder / "flipped.h5", damaged);
    CHECK(shard_sentence(folder / "flipped.h5") ==
          (folder / "flipped.h5").string() +
              ": is damaged: a checksum does not match, so CFO cannot read 'audio'; delete it and run the graph again");
  }
  CHECK(ShardReader(folder / "flipped.h5").utterance_ids().size() == 2);  // the rest is still readable
}

TEST_CASE("any flipped byte is an Error or harmless, never a crash or another wave") {
  const TemporaryFolder folder;
  const std::string bytes = shard_bytes(folder);
  const auto first = utterance(0).audio, second = utterance(1).audio;
  int caught = 0;
  for (std::size_t at = 0; at < bytes.size(); at += at < 4000 || at + 12000 > bytes.size() ? 23 : 997) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x41);
    write_file(folder / "flipped.h5", damaged);
    CAPTURE(at);
    const std::string said = sentence_of([&] {
      const ShardReader shard(folder / "flipped.h5");
      const bool same = shard.size() == 2 && shard.audio(0) == first && shard.audio(1) == second;
      CHECK(same);
    });
    if (said.empty()) continue;
    ++caught;
    CHECK(said.starts_with((folder / "flipped.h5").string() + ": "));
  }
  CHECK(caught > 50);
}

TEST_CASE("a shard with a missing data set") {
  const TemporaryFolder folder;
  for (const char* name : {"audio", "audio_offset", "utterance_id", "label", "codes/0/values"}) {
    shard_bytes(folder);
    remove_link(folder / "good.h5", name);
    CHECK(shard_sentence(folder / "good.h5")
              .starts_with((folder / "good.h5").string() + ": cannot find the data set '" + name + "'"));
  }
}

TEST_CASE("a shard whose columns contradict each other") {
  const TemporaryFolder folder;
  shard_bytes(folder);
  write_shard(folder / "other.h5", encodec_attributes(), {utterance(0), utterance(1), utterance(2)});
  const hid_t from = H5Fopen((folder / "other.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t to = H5Fopen((folder / "good.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  REQUIRE(H5Ldelete(to, "audio_offset", H5P_DEFAULT) >= 0);
  REQUIRE(H5Ocopy(from, "audio_offset", to, "audio_offset", H5P_DEFAULT, H5P_DEFAULT) >= 0);
  H5Fclose(from);
  H5Fclose(to);
  CHECK(has(shard_sentence(folder / "good.h5"), "good.h5: 'audio_offset' does not fit the 2 utterances"));
}

TEST_CASE("audio that is missing, empty, a folder or no audio") {
  const TemporaryFolder folder;
  CHECK(audio_sentence(folder / "none.wav") == (folder / "none.wav").string() + ": no such audio file");
  CHECK(audio_sentence(folder.path()) == folder.path().string() + ": is a folder, not an audio file");
  write_file(folder / "empty.wav", "");
  CHECK(audio_sentence(folder / "empty.wav") ==
        (folder / "empty.wav").string() + ": is an empty file (0 bytes); copy it again from its source");
  const std::string text = "These are words, not sound, though the name says otherwise.\n";
  for (const char* name : {"text.wav", "text.flac", "text.ogg", "text.mp3"}) {
    write_file(folder / name, text + text + text);
    CHECK(audio_sentence(folder / name) ==
          (folder / name).string() +
              ": not a WAV, FLAC, OGG or MP3 file that can be read (or cut off at its start); convert it with ffmpeg");
    CHECK(sentence_of([&] { probe_audio(folder / name); }) == audio_sentence(folder / name));
  }
  write_audio(folder / "silent.wav", std::vector<int16_t>{}, 16000);
  CHECK(audio_sentence(folder / "silent.wav") == (folder / "silent.wav").string() + ": holds no samples");
}

TEST_CASE("truncated WAV and FLAC, at many lengths") {
  const TemporaryFolder folder;
  for (const std::string name : {"x.wav", "x.flac"}) {
    write_audio(folder / name, noise(20000, 1), 16000);
    const std::string whole = bytes_of(folder / name);
    const fs::path file = folder / ("cut_" + name);
    for (std::size_t length = 1; length < whole.size(); length += length < 100 ? 7 : 1501) {
      CAPTURE(name);
      CAPTURE(length);
      write_file(file, whole.substr(0, length));
      const std::string said = audio_sentence(file);
      CHECK(said.starts_with(file.string() + ": "));
      CHECK((has(said, "cut off") || has(said, "damaged")));
    }
    write_file(file, whole.substr(0, whole.size() - 1));
    CHECK(has(audio_sentence(file), "cut off"));
  }
}

TEST_CASE("a damaged FLAC frame is told") {
  const TemporaryFolder folder;
  write_audio(folder / "x.flac", noise(20000, 1), 16000);
  std::string bytes = bytes_of(folder / "x.flac");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file(folder / "x.flac", bytes);
  CHECK(has(audio_sentence(folder / "x.flac"), "x.flac: is "));
}

TEST_CASE("NaN, infinity and strange rates") {
  const TemporaryFolder folder;
  const auto float_wav = [&](uint32_t rate, float value) {
    const uint32_t bits = 0;
    std::string header("RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\3\0\1\0", 24);  // IEEE float, mono
    const auto add = [&](const auto& number) { header.append(reinterpret_cast<const char*>(&number), sizeof number); };
    add(rate);
    add(rate * 4);
    add(uint16_t{4});
    add(uint16_t{32});
    header += std::string("data\x08\0\0\0", 8);
    add(bits);
    add(value);
    write_file(folder / "x.wav", header);
    return audio_sentence(folder / "x.wav");
  };
  const std::string file = (folder / "x.wav").string();
  CHECK(float_wav(16000, 0.5F) == "");
  CHECK(float_wav(16000, std::nanf("")) ==
        file + ": sample 1 is not a number (NaN); make the file again from its source");
  CHECK(float_wav(16000, HUGE_VALF) == file + ": sample 1 is infinite; make the file again from its source");
  CHECK(float_wav(500, 0.5F) == file + ": has a sample rate of 500 Hz; CFO reads 1000 Hz to 384000 Hz");
  CHECK(float_wav(500000, 0.5F) == file + ": has a sample rate of 500000 Hz; CFO reads 1000 Hz to 384000 Hz");
}
