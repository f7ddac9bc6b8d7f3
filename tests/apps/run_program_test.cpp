// cfo-run and cfo-inspect as users meet them: messages, exit codes, and resume after kill -9 at any moment.
#include <doctest/doctest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include "base/digest.h"
#include "base/durable_file.h"
#include "storage/audio/audio.h"
#include "tests/support/temporary_folder.h"

extern char** environ;

namespace {

namespace fs = std::filesystem;

struct Outcome {
  int code = -1;
  std::string text;  ///< stdout and stderr together
};

const std::string programs = CFO_BINARY_DIR;

Outcome run(const std::string& command) {
  const std::string line = "cd " CFO_SOURCE_DIR " && " + programs + "/" + command + " 2>&1";
  Outcome outcome;
  std::FILE* pipe = ::popen(line.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    outcome.text.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

/// Speech-like enough for the codecs: a gliding harmonic tone with a slow envelope and a little noise.
std::vector<int16_t> voice(int speaker, int utterance, double seconds) {
  std::mt19937 random(static_cast<unsigned>(100 * speaker + utterance));
  std::normal_distribution<float> noise(0.F, 0.01F);
  const auto count = static_cast<std::size_t>(seconds * 16000);
  std::vector<float> samples(count);
  double phase = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(i) / 16000;
    phase += 2 * M_PI * (110 + 25 * speaker + 20 * std::sin(3 * t + utterance)) / 16000;
    double sum = 0;
    for (int harmonic = 1; harmonic < 12; ++harmonic) sum += std::sin(harmonic * phase) / harmonic;
    samples[i] = static_cast<float>(0.15 * sum * (0.6 + 0.4 * std::sin(9 * t))) + noise(random);
  }
  return cfo::storage::to_pcm16(samples).samples;
}

void make_corpus(const fs::path& root) {
  for (int speaker = 1; speaker <= 4; ++speaker)
    for (int utterance = 1; utterance <= 4; ++utterance) {
      const std::string name = fmt::format("p{:03}", speaker);
      const fs::path folder = root / "wav48_silence_trimmed" / name;
      fs::create_directories(folder);
      cfo::storage::write_audio(folder / fmt::format("{}_{:03}_mic1.flac", name, utterance),
                                voice(speaker, utterance, 2.0 + 0.1 * utterance), 16000);
    }
}

fs::path make_graph(const fs::path& folder) {
  std::ofstream(folder / "small.yaml")
      << "name: small\nshard_items: 3\n"
         "corpus: {root: "
      << (folder / "corpus").string()
      << ", validation: [p003], eval: [p004]}\n"
         "foreach: {codec: [mdct_fsq], split: [train, validation, eval]}\n"
         "first:\n  tables: {kind: fit_codec, codec: $codec, seconds: 15}\n"
         "nodes:\n"
         "  speech: {kind: load_corpus, split: $split}\n"
         "  plain: {kind: write_shards, from: speech, codec: bonafide, split: $split, folder: bonafide/$split}\n"
         "  latent: {kind: encode, from: speech, codec: $codec, needs: tables}\n"
         "  codes: {kind: quantize, from: latent, codec: $codec, needs: tables}\n"
         "  wave: {kind: decode, from: codes, codec: $codec, needs: tables}\n"
         "  measured: {kind: measure_snr, from: {degraded: wave, reference: speech}}\n"
         "  spoof: {kind: write_shards, from: measured, codec: $codec, split: $split, measures: [snr_db]}\n";
  return folder / "small.yaml";
}

/// Path below the folder -> digest, for every file that is part of the data set.
std::map<std::string, std::string> digests(const fs::path& run_folder) {
  std::map<std::string, std::string> result;
  for (const auto* part : {"shards", "models"})
    for (const auto& entry : fs::recursive_directory_iterator(run_folder / part))
      if (entry.is_regular_file())
        result[fs::relative(entry.path(), run_folder).string()] = cfo::digest_of_file(entry.path());
  result["failures.tsv"] = cfo::digest_of_file(run_folder / "failures.tsv");
  return result;
}

/// Starts cfo-run and kills it (SIGKILL) after a while; true when it had ended by itself before.
bool run_and_kill(const fs::path& graph, const fs::path& output, std::chrono::milliseconds after) {
  const std::string program = programs + "/cfo-run", graph_text = graph.string(), output_text = output.string();
  std::vector<char*> arguments;
  std::vector<std::string> words = {program, graph_text, "--output", output_text, "--quiet"};
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  REQUIRE(::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ) == 0);
  const auto deadline = std::chrono::steady_clock::now() + after;
  int status = 0;
  while (std::chrono::steady_clock::now() < deadline) {
    if (::waitpid(child, &status, WNOHANG) == child) {
      CHECK(WIFEXITED(status));
      CHECK(WEXITSTATUS(status) == 0);
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return false;
}

}  // namespace

TEST_CASE("every broken graph gets its sentence and exit code 2") {
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(CFO_SOURCE_DIR "/tests/broken/graphs")) {
    ++seen;
    const Outcome outcome = run("cfo-run " + entry.path().string());
    CHECK_MESSAGE(outcome.code == 2, entry.path().filename().string(), ": ", outcome.text);
    std::istringstream lines(cfo::read_text(entry.path()));
    const std::string mark = "# expect: ";
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with(mark))
        CHECK_MESSAGE(outcome.text.find(line.substr(mark.size())) != std::string::npos, line,
                      " but got: ", outcome.text);
  }
  CHECK(seen >= 17);
}

TEST_CASE("options are checked: one line and exit code 2") {
  CHECK(run("cfo-run").code == 2);
  const Outcome option = run("cfo-run graphs/quickstart.yaml --outptu x");
  CHECK(option.code == 2);
  CHECK(option.text.find("did you mean '--output'?") != std::string::npos);
  CHECK(run("cfo-run graphs/quickstart.yaml --threads 0").code == 2);
  CHECK(run("cfo-run graphs/quickstart.yaml --device tpu --dry-run").text.find("tpu") != std::string::npos);
  const Outcome missing = run("cfo-run graphs/nowhere.yaml");
  CHECK(missing.code == 2);
  CHECK(missing.text.find("graphs/nowhere.yaml") != std::string::npos);
  CHECK(run("cfo-run --help").code == 0);
  CHECK(run("cfo-inspect nodes resmple").text.find("did you mean 'resample'?") != std::string::npos);
  CHECK(run("cfo-inspect run /tmp").text.find("not a run folder") != std::string::npos);
}

TEST_CASE("cfo-inspect nodes says what each node reads, writes and takes, in words") {
  const std::string sink = run("cfo-inspect nodes write_shards").text;
  for (const auto* line : {"  input in, reads\n    audio                samples in [-1, 1] and their rate\n",
                           "    codes                a codec's codes, as streams of integers (if present)\n",
                           "  input in also reads the fields that the parameter 'measures' names\n"})
    CHECK_MESSAGE(sink.find(line) != std::string::npos, line, sink);
  CHECK(run("cfo-inspect nodes encode").text.find("  writes\n    latent  ") != std::string::npos);
}

TEST_CASE("a device that this machine lacks is told with everything else before anything runs; a dry run notes it") {
  const cfo::test::TemporaryFolder folder;
  const std::string output = " --output " + (folder.path() / "run").string();
  const Outcome outcome =
      run("cfo-run graphs/quickstart.yaml --device cuda:99 --set corpus.root=/no/such/corpus" + output);
  CHECK(outcome.code == 2);
  CHECK(outcome.text.find("device 'cuda:99'") != std::string::npos);
  CHECK(outcome.text.find("'/no/such/corpus' is not a folder") != std::string::npos);
  CHECK_FALSE(fs::exists(folder.path() / "run"));
  const Outcome dry = run("cfo-run graphs/quickstart.yaml --dry-run --device cuda:99" + output);
  CHECK(dry.code == 0);
  CHECK(dry.text.find("note: device 'cuda:99'") != std::string::npos);
  CHECK(run("cfo-run graphs/quickstart.yaml --dry-run --device gpu" + output).code == 2);
}

TEST_CASE("the full study's plan names all 31 models and what each still lacks") {
  const cfo::test::TemporaryFolder folder;
  make_corpus(folder.path() / "corpus");
  const Outcome plan =
      run("cfo-run graphs/full_omni.yaml --dry-run --set corpus.root=" + (folder.path() / "corpus").string() +
          " --set corpus.validation=[p003] --set corpus.eval=[p004]");
  CHECK(plan.code == 0);
  CHECK(plan.text.find("bigcodec") != std::string::npos);
  CHECK(plan.text.find("not implemented") == std::string::npos);
  // 33 trainings, each scored on 31 codecs, the bona fide speech and 17 generators
  for (const auto* count :
       {"cm (train)                                 31", "baseline_asvspoof (train)                   1",
        "baseline_maskgct (train)                    1", "  scores (score)                            961",
        "generated_scores (score)                  527", "asvspoof_scores (score)                    31",
        "maskgct_generated_scores (score)           17"})
    CHECK_MESSAGE(plan.text.find(count) != std::string::npos, count);
  std::size_t missing = 0;
  for (auto at = plan.text.find("not downloaded"); at != std::string::npos;
       at = plan.text.find("not downloaded", at + 1))
    ++missing;
  CHECK(missing == 31 + 2);  // the codecs, UTMOS and XLS-R
  CHECK(plan.text.find("start_from 'XLS-R/xlsr2_300m.pt' is not there") != std::string::npos);
  const Outcome without = run("cfo-run graphs/full_omni.yaml --dry-run --set corpus.root=/no/such/vctk");
  CHECK(without.code == 0);
  CHECK(without.text.find("/no/such/vctk") != std::string::npos);
}

TEST_CASE("kill -9 at any moment, run again: the same bytes as an uninterrupted run") {
  const cfo::test::TemporaryFolder folder;
  make_corpus(folder.path() / "corpus");
  const fs::path graph = make_graph(folder.path());
  const auto begin = std::chrono::steady_clock::now();
  const Outcome whole = run("cfo-run " + graph.string() + " --output " + (folder.path() / "whole").string());
  const auto duration = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  REQUIRE_MESSAGE(whole.code == 0, whole.text);
  const auto expected = digests(folder.path() / "whole");
  CHECK(expected.size() >= 8);
  std::mt19937 random(9);
  std::uniform_int_distribution<int> moment(1, static_cast<int>(duration.count()));
  int kills = 0;
  for (int round = 0; round < 3; ++round) {
    const fs::path output = folder.path() / ("killed" + std::to_string(round));
    // Killed a dozen times at random moments, whatever is done by then, ...
    for (int attempt = 0; attempt < 12; ++attempt)
      if (!run_and_kill(graph, output, std::chrono::milliseconds(moment(random)))) ++kills;
    // ... then left to finish.
    CHECK(run("cfo-run " + graph.string() + " --output " + output.string() + " --quiet").code == 0);
    CHECK(digests(output) == expected);
  }
  MESSAGE("killed " << kills << " times");
  CHECK(kills >= 10);
}

TEST_CASE("broken audio is reported in failures.tsv, the rest is there, and the exit code says so") {
  const cfo::test::TemporaryFolder folder;
  make_corpus(folder.path() / "corpus");
  const fs::path speaker = folder.path() / "corpus/wav48_silence_trimmed/p001";
  std::ofstream(speaker / "p001_001_mic1.flac") << "this is not audio";
  fs::resize_file(speaker / "p001_002_mic1.flac", 200);
  const fs::path graph = make_graph(folder.path());
  const Outcome outcome = run("cfo-run " + graph.string() + " --output " + (folder.path() / "run").string());
  CHECK(outcome.code == 1);
  CHECK(outcome.text.find("failures.tsv") != std::string::npos);
  const std::string failures = cfo::read_text(folder.path() / "run/failures.tsv");
  CHECK(failures.find("p001_001") != std::string::npos);
  CHECK(failures.find("p001_002") != std::string::npos);
  CHECK(fs::exists(folder.path() / "run/shards/mdct_fsq/train/00002.h5"));
  const Outcome state = run("cfo-inspect run " + (folder.path() / "run").string());
  CHECK(state.code == 0);
  CHECK(state.text.find("failures, told in") != std::string::npos);
}
