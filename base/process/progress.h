// What a run tells while it works: bars with rate and ETA on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace cfo::process {

/// Thread-safe. Work is counted in audio seconds, or in bytes where the units are files; tasks tell a fraction instead.
class Progress {
 public:
  struct Settings {
    std::FILE* stream = stderr;
    bool bars = true;    ///< redraw in place; else a line whenever a unit ends
    bool quiet = false;  ///< nothing but say()
    bool bytes = false;  ///< what is called seconds below is bytes, and a unit is a file
  };

  /// `total_seconds` and `total_units` of the whole run, `done_*` of what was finished before.
  Progress(Settings settings, double total_seconds, double done_seconds, std::size_t total_units,
           std::size_t done_units);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Also when the unit is under way and its size comes to be known, or `done` of it was done before.
  void begin(const std::string& unit, double seconds, double done = 0);
  void add(const std::string& unit, double seconds);                                 ///< flows: audio that went through
  void fraction(const std::string& unit, double fraction, const std::string& note);  ///< tasks
  void note(const std::string& unit, const std::string& text);                       ///< beside the unit's bar
  void failure();
  /// The unit is finished; `summary` follows its name on the plain line.
  void end(const std::string& unit, const std::string& summary);
  /// The unit was broken off.
  void abandon(const std::string& unit);
  /// A line for the user, above the bars.
  void say(const std::string& line);

 private:
  struct Active {
    double seconds = 0, done = 0;
    std::string note;
  };
  void draw();
  void erase();
  std::string overall() const;

  Settings settings_;
  double total_seconds_, done_before_, done_ = 0;
  std::size_t total_units_, done_units_;
  std::size_t failures_ = 0;
  std::map<std::string, Active> active_;
  int drawn_lines_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  bool closing_ = false;
  std::condition_variable_any wake_;
  std::thread drawer_;
};

/// "1:02:03", "4:05"
std::string clock_text(double seconds);

/// "12.3 GB"
std::string bytes_text(double bytes);

/// "1.5 h", "12 min", "31 s"
std::string duration_text(double seconds);

}  // namespace cfo::process
