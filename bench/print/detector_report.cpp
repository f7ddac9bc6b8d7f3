#include <fmt/format.h>

#include "bench/print/report.h"

namespace cfo::bench {
namespace {

Json pass_json(double audio, const Times& times) {
  return {{"audio_seconds_per_pass", audio},
          {"cpu_seconds", times.cpu},
          {"wall_seconds", times.wall},
          {"audio_seconds_per_cpu_second", audio / times.cpu},
          {"audio_seconds_per_wall_second", audio / times.wall}};
}

std::string line(const char* pass, double audio, const Times& times) {
  return fmt::format("{:<14}{:>10.1f}{:>17.3f}{:>18.3f}\n", pass, times.wall * 1000, audio / times.cpu,
                     audio / times.wall);
}

std::string heading() {
  return fmt::format("{:<14}{:>10}{:>17}{:>18}\n", "pass", "wall ms", "audio s / CPU s", "audio s / wall s");
}

}  // namespace

std::string detector_text(const DetectorSpeed& speed) {
  return heading() + line("scoring", speed.scored_seconds, speed.scoring) +
         line("training step", speed.trained_seconds, speed.training);
}

std::string quality_text(double audio, const Times& times) { return heading() + line("UTMOS", audio, times); }

Json quality_json(double audio, const Times& times) {
  return {{"quality", "utmos22_strong"}, {"scoring", pass_json(audio, times)}};
}

Json detector_json(const DetectorSpeed& speed) {
  return {{"detector", speed.detector},
          {"scoring", pass_json(speed.scored_seconds, speed.scoring)},
          {"training", pass_json(speed.trained_seconds, speed.training)}};
}

}  // namespace cfo::bench
