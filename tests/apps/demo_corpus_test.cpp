// scripts/make_demo_corpus.sh on made-up prompts: any bytes are valid G.722, at 8000 a second.
#include <algorithm>
#include <random>
#include <set>

#include "base/digest.h"
#include "tests/support/programs.h"
#include "tests/support/skip.h"

namespace {

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

constexpr std::size_t one_second = 8000;  // bytes

bool skipped_without_ffmpeg() {
  if (std::system("command -v ffmpeg >/dev/null 2>&1") == 0) return false;
  skip("no ffmpeg; scripts/install_packages.sh --test installs it");
  return true;
}

void write_prompt(const TemporaryFolder& folder, const std::string& name, std::size_t bytes) {
  std::mt19937 random(static_cast<unsigned>(bytes));
  std::string text(bytes, '\0');
  for (char& byte : text) byte = static_cast<char>(random());
  write_file(folder / ("sounds/" + name + ".g722"), text);
}

/// Every voice with something to keep and something to drop.
void write_prompts(const TemporaryFolder& folder) {
  for (const char* voice :
       {"en_US_f_Allison", "es_MX_f_Allison", "it_IT_m_Carlo", "fr_CA_f_June", "ru_RU_f_IvrvoiceRU"}) {
    const std::string in = std::string(voice) + "/";
    write_prompt(folder, in + "b-long", 3 * one_second);
    write_prompt(folder, in + "a-second", one_second);
    write_prompt(folder, in + "digits/too-short", one_second - 1);
    write_prompt(folder, in + "silence/2", 2 * one_second);
    write_prompt(folder, in + "tt-monkeys", 4 * one_second);
    write_prompt(folder, in + "dictate/pause", 2 * one_second);
  }
}

Outcome make_corpus(const TemporaryFolder& folder, const std::string& before = "") {
  const std::string out = (folder / ".stdout").string(), err = (folder / ".stderr").string();
  const std::string line = "cd '" + folder.path().string() + "' && CFO_DEMO_SOUNDS=sounds " + before +
                           " bash '" CFO_SOURCE_DIR "/scripts/make_demo_corpus.sh' corpus >'" + out + "' 2>'" + err +
                           "'";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), bytes_of(out), bytes_of(err)};
}

/// Names and digests of all audio below `corpus`.
std::set<std::string> audio_of(const fs::path& corpus) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() != ".flac") continue;
    files.insert(entry.path().lexically_relative(corpus).string() + " " + digest_of_file(entry.path()));
  }
  return files;
}

}  // namespace

TEST_CASE("the demo corpus has the shape of VCTK 0.92, one speaker id a voice") {
  if (skipped_without_ffmpeg()) return;
  const TemporaryFolder folder;
  write_prompts(folder);
  const Outcome outcome = make_corpus(folder);
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  const fs::path audio = folder / "corpus/wav48_silence_trimmed";

  // Sorted by name within a language: a-second, b-long, dictate/pause.
  for (const char* name : {"p901/p901_001", "p901/p901_004", "p902/p902_001", "p903/p903_001", "p904/p904_001"}) {
    CAPTURE(name);
    const auto speech = storage::read_audio(audio / (std::string(name) + "_mic1.flac"));
    CHECK(speech.sample_rate == 16000);
    CHECK(speech.samples.size() == 2 * one_second);
  }
  CHECK(storage::read_audio(audio / "p904/p904_002_mic1.flac").samples.size() == 6 * one_second);
  CHECK(audio_of(folder / "corpus").size() == 15);
  CHECK(fs::exists(audio / "p901/p901_006_mic1.flac"));

  const std::string speakers = bytes_of(folder / "corpus/speakers.tsv");
  CHECK(has(speakers, "p901\ttrain\t6\t0.003\tAllison Smith\tCC BY-SA 3.0\n"));
  CHECK(has(speakers, "p902\ttrain\t3\t"));
  CHECK(has(speakers, "p903\tvalidation\t3\t"));
  CHECK(has(speakers, "p904\teval\t3\t"));
  CHECK(has(bytes_of(folder / "corpus/SOURCES.txt"), "Carlo Flora"));
}

TEST_CASE("made again, the demo corpus is left alone until the prompts change") {
  if (skipped_without_ffmpeg()) return;
  const TemporaryFolder folder;
  write_prompts(folder);
  REQUIRE(make_corpus(folder).code == 0);
  const fs::path first = folder / "corpus/wav48_silence_trimmed/p901/p901_001_mic1.flac";
  const auto written = fs::last_write_time(first);
  const Outcome again = make_corpus(folder);
  CHECK(again.code == 0);
  CHECK(has(again.out, "already there"));
  CHECK(fs::last_write_time(first) == written);

  // A new first prompt moves every name: nothing of the old numbering may stay.
  write_prompt(folder, "en_US_f_Allison/a-first", 5 * one_second);
  CHECK(make_corpus(folder).code == 0);
  CHECK(storage::read_audio(first).samples.size() == 10 * one_second);
  CHECK(storage::read_audio(folder / "corpus/wav48_silence_trimmed/p901/p901_002_mic1.flac").samples.size() ==
        2 * one_second);
}

TEST_CASE("a lost file of the demo corpus comes back") {
  if (skipped_without_ffmpeg()) return;
  const TemporaryFolder folder;
  write_prompts(folder);
  REQUIRE(make_corpus(folder).code == 0);
  const auto whole = audio_of(folder / "corpus");
  fs::remove(folder / "corpus/wav48_silence_trimmed/p903/p903_002_mic1.flac");
  const Outcome again = make_corpus(folder);
  CHECK(again.code == 0);
  CHECK(has(again.out, "Decoding 1 of 15 prompts"));
  CHECK(audio_of(folder / "corpus") == whole);
}

TEST_CASE("killed at any moment, the demo corpus ends as if nothing had happened") {
  if (skipped_without_ffmpeg()) return;
  const TemporaryFolder folder;
  write_prompts(folder);
  REQUIRE(make_corpus(folder).code == 0);
  const auto whole = audio_of(folder / "corpus");
  for (const char* moment : {"0.03", "0.06", "0.1", "0.15", "0.2", "0.3"}) {
    CAPTURE(moment);
    fs::remove_all(folder / "corpus");
    make_corpus(folder, std::string("timeout -s KILL ") + moment);
    const Outcome finished = make_corpus(folder);
    CHECK_MESSAGE(finished.code == 0, finished.err);
    CHECK(audio_of(folder / "corpus") == whole);
  }
}

TEST_CASE("missing prompts are named") {
  const TemporaryFolder folder;
  write_prompts(folder);
  fs::remove_all(folder / "sounds/it_IT_m_Carlo");
  const Outcome outcome = make_corpus(folder);
  CHECK(outcome.code != 0);
  CHECK(has(outcome.err, "it_IT_m_Carlo is missing; install Debian's asterisk-core-sounds-*-g722"));
}
