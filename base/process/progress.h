// What a run tells while it works: bars with rate and ETA on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace cfo::process {

/// A unit that has begun and not ended.
struct UnderWay {
  std::string unit, note;
  double fraction = 0;  ///< done, in [0, 1]
  double rate = 0;      ///< audio seconds (or bytes) a second; 0: not known
  double elapsed = 0;   ///< seconds since it began
  double left = -1;     ///< seconds, as the pace so far has it; below 0: not known
};

/// "12.3 audio s/s"
std::string audio_rate_text(double rate);

/// "models/x: 40 %, epoch 2/5, RATE, 1:00 elapsed, ETA 3:00"; `rate`: in words, "" where it is not known.
std::string line_of(const UnderWay& unit, const std::string& rate);

/// Thread-safe. Work is counted in audio seconds, or in bytes where the units are files; tasks tell a fraction instead.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  struct Settings {
    std::FILE* stream = stderr;
    bool bars = true;    ///< redraw in place; else a line whenever a unit ends, and tell() from time to time
    bool quiet = false;  ///< nothing but say()
    bool bytes = false;  ///< what is called seconds below is bytes, and a unit is a file
    Clock::duration silence = std::chrono::minutes(1);             ///< for tell()
    std::function<Clock::time_point()> now = &Clock::now;          ///< for tests
    Clock::duration wake_every = std::chrono::milliseconds(1000);  ///< how often tell() is called; 0: never
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
  void account(const std::string& unit, double seconds);                             ///< tasks: audio worked on
  void note(const std::string& unit, const std::string& text);                       ///< beside the unit's bar
  void failure();
  /// The unit is finished; `summary` follows its name on the plain line.
  void end(const std::string& unit, const std::string& summary);
  /// The unit was broken off.
  void abandon(const std::string& unit);
  /// A line for the user, above the bars.
  void say(const std::string& line);
  /// A line about the unit that has been silent longest, when that is `silence` or more and so is the time since the
  /// last such line: however many units are under way, a log grows by a line a minute.
  void tell();

  std::vector<UnderWay> under_way();  ///< by name
  std::size_t done_units();
  std::size_t failures();

 private:
  struct Active {
    double seconds = 0, done = 0, audio = 0;
    std::string note;
    Clock::time_point begun, spoken;
    double done_at_first = 0;  ///< of a unit that goes on where an earlier run left it
    Clock::time_point first;   ///< when done_at_first was told
    bool told = false;         ///< a task has told a fraction
  };
  Active& active(const std::string& unit);
  UnderWay describe(const std::string& unit, const Active& active, Clock::time_point now) const;
  std::string rate_text(double rate) const;
  void draw();
  void erase();
  std::string overall() const;

  Settings settings_;
  double total_seconds_, done_before_, done_ = 0;
  std::size_t total_units_, done_units_;
  std::size_t failures_ = 0;
  std::map<std::string, Active> active_;
  int drawn_lines_ = 0;
  Clock::time_point start_, told_;
  std::mutex mutex_;
  bool closing_ = false;
  std::condition_variable_any wake_;
  std::thread speaker_;
};

/// "1:02:03", "4:05"
std::string clock_text(double seconds);

/// "12.3 GB"
std::string bytes_text(double bytes);

/// "1.5 h", "12 min", "31 s"
std::string duration_text(double seconds);

}  // namespace cfo::process
