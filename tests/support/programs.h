// Running a built program, and made-up speech for it to work on.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <numbers>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "storage/audio/audio.h"
#include "tests/support/temporary_folder.h"

namespace cfo::test {

struct Outcome {
  int code = -1;
  std::string out, err;
};

/// Runs bin/`command` through the shell in `folder`, with further environment variables; what it prints lies in that
/// folder meanwhile.
inline Outcome run_in(const TemporaryFolder& folder, const std::string& command,
                      const std::map<std::string, std::string>& environment = {}) {
  const std::string out = (folder / ".stdout").string(), err = (folder / ".stderr").string();
  std::string variables;
  for (const auto& [name, value] : environment) variables += name + "='" + value + "' ";
  const std::string line = "cd '" + folder.path().string() + "' && " + variables + CFO_BINARY_DIR "/" + command +
                           " >'" + out + "' 2>'" + err + "'";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), bytes_of(out), bytes_of(err)};
}

inline std::size_t line_count(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// A mistake on the command line: exit code 2 and one line on stderr that has `part`.
inline void check_refused(const Outcome& outcome, const std::string& part) {
  CHECK(outcome.code == 2);
  CHECK(line_count(outcome.err) == 1);
  CHECK_MESSAGE(has(outcome.err, part), outcome.err);
}

/// The figure that `pattern`'s group matches in a program's output.
inline double figure(const std::string& text, const std::string& pattern) {
  std::smatch match;
  REQUIRE_MESSAGE(std::regex_search(text, match, std::regex(pattern)), text);
  return std::stod(match[1]);
}

/// Help and version are printed on request, with an example.
inline void check_describes_itself(const TemporaryFolder& folder, const std::string& program) {
  const Outcome help = run_in(folder, program + " --help");
  CHECK(help.code == 0);
  CHECK(has(help.out, "Examples:\n  " + program + " "));
  CHECK(help.err.empty());
  const Outcome version = run_in(folder, program + " --version");
  CHECK(version.code == 0);
  CHECK(version.out == program + " " CFO_VERSION "\n");
}

/// Speech-like: a gliding voice of many harmonics under a syllable rhythm, with breath noise. In [-1, 1].
inline std::vector<float> voice(double seconds, unsigned seed, int64_t sample_rate = 16000) {
  std::mt19937 random(seed);
  std::normal_distribution<double> breath(0, 0.01);
  std::vector<float> samples(static_cast<std::size_t>(seconds * static_cast<double>(sample_rate)));
  double phase = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(sample_rate);
    phase += 2 * std::numbers::pi * (120 + 10 * (seed % 7) + 25 * std::sin(2.5 * t + seed)) /
             static_cast<double>(sample_rate);
    double sum = 0;
    for (int harmonic = 1; harmonic < 14; ++harmonic) sum += std::sin(harmonic * phase) / harmonic;
    samples[i] = static_cast<float>(0.15 * sum * (0.55 + 0.45 * std::sin(11 * t)) + breath(random));
  }
  return samples;
}

inline void write_voice(const std::filesystem::path& path, double seconds, unsigned seed, int64_t sample_rate = 16000) {
  std::filesystem::create_directories(path.parent_path());
  storage::write_audio(path, storage::to_pcm16(voice(seconds, seed, sample_rate)).samples, sample_rate);
}

}  // namespace cfo::test
