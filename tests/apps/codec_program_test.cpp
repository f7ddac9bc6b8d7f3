// cfo-codec as users meet it.
#include <ATen/ATen.h>

#include <algorithm>
#include <span>

#include "nodes/networks/metrics/snr.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/fitted_tables.h"
#include "tests/support/programs.h"

namespace {

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

const std::string codec = "mdct_rvq";

}  // namespace

TEST_CASE("cfo-codec describes itself") { check_describes_itself(TemporaryFolder(), "cfo-codec"); }

TEST_CASE("cfo-codec refuses what it cannot do in one line, with the nearest name") {
  const TemporaryFolder folder;
  write_voice(folder / "in.wav", 1, 1);
  check_refused(run_in(folder, "cfo-codec mdct_rvq in.wav out.wav --threds 2"),
                "unknown option '--threds'; did you mean '--threads'?");
  check_refused(run_in(folder, "cfo-codec --threds"), "did you mean '--threads'?");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in.wav out.wav --threads many"), "--threads");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in.wav out.wav --threads 0"), "--threads");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in.wav out.wav --format mp3"), "--format");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in.wav"), "OUT");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in.wav out.wav extra"), "unexpected argument 'extra'");
  check_refused(run_in(folder, "cfo-codec mdct_rvk in.wav out.wav"), "did you mean 'mdct_rvq'?");
  check_refused(run_in(folder, "cfo-codec mdct_rvq nowhere.wav out.wav"), "nowhere.wav: no such file or folder");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in.wav out.txt"), "must end in .wav or .flac");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in.wav in.wav"), "are the same file");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in.wav out.wav"), "give --tables");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in.wav out.wav --tables none.safetensors"),
                "none.safetensors: no such file");
  write_file(folder / "rubbish.safetensors", "no tensors here");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in.wav out.wav --tables rubbish.safetensors"),
                "rubbish.safetensors");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in.wav out.wav --tables rubbish.safetensors --device tpu"),
                "'tpu' is not a device");
}

TEST_CASE("cfo-codec says which weight files are missing") {
  const TemporaryFolder folder;
  write_voice(folder / "in.wav", 1, 1);
  ::setenv("CFO_WEIGHTS", (folder / "weights").c_str(), 1);
  const Outcome outcome = run_in(folder, "cfo-codec Encodec_6b24k in.wav out.wav");
  ::unsetenv("CFO_WEIGHTS");
  check_refused(outcome, "encodec_24khz-d7cc33bc.th");
  CHECK(has(outcome.err, (folder / "weights").string()));
}

TEST_CASE("cfo-codec on one file: audio, codes and figures that agree") {
  const TemporaryFolder folder;
  write_voice(folder / "in.wav", 2, 3);
  write_tables(folder / "tables.safetensors", codec);
  const Outcome outcome =
      run_in(folder, "cfo-codec mdct_rvq in.wav out.wav --tables tables.safetensors --codes codes.safetensors");
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  const auto& card = codecs::find_card(codec);

  const auto input = storage::resample(storage::read_audio(folder / "in.wav"), card.sample_rate);
  const auto output = storage::read_audio(folder / "out.wav");
  CHECK(output.sample_rate == card.sample_rate);
  CHECK(output.samples.size() == input.samples.size());
  const double printed_snr = figure(outcome.out, "SNR (-?[0-9.]+) dB");
  const auto common = std::min(input.samples.size(), output.samples.size());
  const auto snr = metrics::snr_db(std::span(input.samples).first(common), std::span(output.samples).first(common));
  CHECK(printed_snr == doctest::Approx(snr).epsilon(0.01));
  CHECK(printed_snr > 3);  // it is the same speech: silence or another delay would give 0 dB or less

  const auto tensors = storage::read_checkpoint(folder / "codes.safetensors");
  REQUIRE(tensors.count("codes.0") == 1);
  const at::Tensor& codes = tensors.at("codes.0");
  CHECK((codes.scalar_type() == at::kLong));
  CHECK(codes.size(0) == card.codebooks);
  CHECK(codes.min().item<int64_t>() >= 0);
  CHECK(codes.max().item<int64_t>() < card.codebook_size);
  const double kbps =
      static_cast<double>(codes.numel()) * std::log2(static_cast<double>(card.codebook_size)) / 2 / 1000;
  CHECK(figure(outcome.out, "([0-9.]+) kbps") == doctest::Approx(kbps).epsilon(0.001));
  CHECK(storage::read_safetensors_metadata(folder / "codes.safetensors").at("codec") == codec);
}

TEST_CASE("cfo-codec writes the rate that is asked for") {
  const TemporaryFolder folder;
  write_voice(folder / "in.flac", 1.5, 4, 44100);
  write_tables(folder / "tables.safetensors", codec);
  const Outcome outcome =
      run_in(folder, "cfo-codec mdct_rvq in.flac out.flac --rate 24000 --tables tables.safetensors");
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  const auto info = storage::probe_audio(folder / "out.flac");
  CHECK(info.sample_rate == 24000);
  CHECK(std::abs(static_cast<double>(info.frames.value()) - 1.5 * 24000) <= 2);
}

TEST_CASE("cfo-codec on a folder keeps its tree, and a broken file does not stop the others") {
  const TemporaryFolder folder;
  write_tables(folder / "tables.safetensors", codec);
  write_voice(folder / "in/p1/a.wav", 1, 1);
  write_voice(folder / "in/p1/b.flac", 1, 2);
  write_voice(folder / "in/p2/deep/c.wav", 1, 3);
  write_file(folder / "in/p2/broken.wav", "RIFF and no more");
  write_file(folder / "in/notes.txt", "not audio by its name");
  const std::string command =
      "cfo-codec mdct_rvq in out --format flac --threads 2 --tables tables.safetensors --codes codes.safetensors";
  const Outcome outcome = run_in(folder, command);
  CHECK(outcome.code == 1);
  CHECK(has(outcome.err, "broken.wav"));
  CHECK(has(outcome.err, "1 of 4 files failed"));
  CHECK(has(outcome.out, "3 of 4 files"));
  for (const auto* name : {"p1/a.flac", "p1/b.flac", "p2/deep/c.flac"}) {
    REQUIRE_MESSAGE(fs::exists(folder / "out" / name), name);
    CHECK(storage::probe_audio(folder / "out" / name).frames == 16000);
  }
  CHECK_FALSE(fs::exists(folder / "out/p2/broken.flac"));
  CHECK_FALSE(fs::exists(folder / "out/notes.flac"));
  const auto codes = storage::read_checkpoint(folder / "codes.safetensors");
  CHECK(codes.size() == 3);
  CHECK(codes.count("p2/deep/c.wav/codes.0") == 1);

  SUBCASE("the same files give the same bytes whatever the threads") {
    const auto first = bytes_of(folder / "out/p2/deep/c.flac");
    CHECK(run_in(folder, "cfo-codec mdct_rvq in again --format flac --threads 1 --tables tables.safetensors").code ==
          1);
    CHECK(bytes_of(folder / "again/p2/deep/c.flac") == first);
  }
}

TEST_CASE("cfo-codec refuses folders that would lose files") {
  const TemporaryFolder folder;
  write_voice(folder / "in/a.wav", 1, 1);
  write_voice(folder / "in/a.flac", 1, 2);
  fs::create_directories(folder / "empty");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in out"), "would both be written to");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in in"), "are the same folder");
  check_refused(run_in(folder, "cfo-codec mdct_rvq in in/a.wav"), "give a folder");
  check_refused(run_in(folder, "cfo-codec mdct_rvq empty out"), "no .wav, .flac, .ogg or .mp3 file");
}
