#include "base/process/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/process/say.h"

namespace cfo::process {
namespace {

constexpr int bar_width = 24;

std::string bar(double fraction) {
  const int filled = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * bar_width));
  std::string text;
  for (int i = 0; i < bar_width; ++i) text += i < filled ? "█" : "░";
  return text;
}

std::size_t terminal_width(std::FILE* stream) {
  winsize size{};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 100;
}

/// At most `width` characters (UTF-8 sequences count as one).
std::string cut(const std::string& text, std::size_t width) {
  std::size_t characters = 0, at = 0;
  while (at < text.size() && characters < width) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    ++characters;
  }
  return text.substr(0, at);
}

}  // namespace

std::string clock_text(double seconds) {
  const auto whole = static_cast<long>(std::max(0.0, seconds));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string bytes_text(double bytes) {
  for (const auto* unit : {"B", "kB", "MB", "GB"}) {
    if (bytes < 1000) return fmt::format("{:.3g} {}", bytes, unit);
    bytes /= 1000;
  }
  return fmt::format("{:.3g} TB", bytes);
}

std::string duration_text(double seconds) {
  if (seconds >= 5400) return fmt::format("{:.1f} h", seconds / 3600);
  if (seconds >= 90) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.3g} s", seconds);
}

std::string audio_rate_text(double rate) { return fmt::format("{:.1f} audio s/s", rate); }

std::string line_of(const UnderWay& unit, const std::string& rate) {
  std::string line = fmt::format("{}: {:.0f} %", unit.unit, 100 * unit.fraction);
  if (!unit.note.empty()) line += ", " + unit.note;
  if (!rate.empty()) line += ", " + rate;
  line += fmt::format(", {} elapsed", clock_text(unit.elapsed));
  if (unit.left >= 0) line += fmt::format(", ETA {}", clock_text(unit.left));
  return line;
}

Progress::Progress(Settings settings, double total_seconds, double done_seconds, std::size_t total_units,
                   std::size_t done_units)
    : settings_(std::move(settings)),
      total_seconds_(total_seconds),
      done_before_(done_seconds),
      total_units_(total_units),
      done_units_(done_units),
      start_(settings_.now()),
      told_(start_) {
  if (settings_.quiet || settings_.wake_every == Clock::duration::zero()) return;
  speaker_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!closing_) {
      if (settings_.bars) {
        draw();
        wake_.wait_for(lock, std::chrono::milliseconds(200));
      } else {
        lock.unlock();
        tell();
        lock.lock();
        if (!closing_) wake_.wait_for(lock, settings_.wake_every);
      }
    }
  });
}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    wake_.notify_all();
  }
  if (speaker_.joinable()) speaker_.join();
  erase();
}

Progress::Active& Progress::active(const std::string& unit) {
  const auto [found, is_new] = active_.try_emplace(unit);
  if (is_new) found->second.begun = found->second.spoken = found->second.first = settings_.now();
  return found->second;
}

void Progress::begin(const std::string& unit, double seconds, double done) {
  const std::lock_guard lock(mutex_);
  Active& flow = active(unit);
  flow.seconds = seconds;
  flow.done = flow.done_at_first = done;
  flow.first = settings_.now();
}

void Progress::add(const std::string& unit, double seconds) {
  const std::lock_guard lock(mutex_);
  active(unit).done += seconds;
  done_ += seconds;
}

void Progress::fraction(const std::string& unit, double fraction, const std::string& note) {
  const std::lock_guard lock(mutex_);
  Active& task = active(unit);
  task.seconds = 1;
  task.done = fraction;
  task.note = note;
  if (task.told) return;
  task.told = true;
  task.done_at_first = fraction;
  task.first = settings_.now();
}

void Progress::account(const std::string& unit, double seconds) {
  const std::lock_guard lock(mutex_);
  active(unit).audio += seconds;
}

void Progress::note(const std::string& unit, const std::string& text) {
  const std::lock_guard lock(mutex_);
  active(unit).note = text;
}

void Progress::failure() {
  const std::lock_guard lock(mutex_);
  ++failures_;
}

void Progress::end(const std::string& unit, const std::string& summary) {
  const std::lock_guard lock(mutex_);
  active_.erase(unit);
  ++done_units_;
  if (settings_.quiet || settings_.bars) return;
  process::say(settings_.stream, "[{}/{}] {}: {}\n", done_units_, total_units_, unit, summary);
  std::fflush(settings_.stream);
}

void Progress::abandon(const std::string& unit) {
  const std::lock_guard lock(mutex_);
  active_.erase(unit);
}

void Progress::say(const std::string& line) {
  const std::lock_guard lock(mutex_);
  erase();
  process::say(settings_.stream, "{}\n", line);
  std::fflush(settings_.stream);
}

UnderWay Progress::describe(const std::string& unit, const Active& active, Clock::time_point now) const {
  const auto seconds_since = [&](Clock::time_point then) { return std::chrono::duration<double>(now - then).count(); };
  UnderWay result{.unit = unit, .note = active.note, .elapsed = seconds_since(active.begun)};
  if (active.seconds > 0) result.fraction = std::clamp(active.done / active.seconds, 0.0, 1.0);
  const double paced = seconds_since(active.first), done = active.done - active.done_at_first;
  if (paced <= 0) return result;
  const bool is_task = active.told || active.audio > 0;
  result.rate = is_task ? active.audio / std::max(paced, result.elapsed) : done / paced;
  if (done > 0) result.left = std::max(0.0, (active.seconds - active.done) / (done / paced));
  return result;
}

std::string Progress::rate_text(double rate) const {
  return settings_.bytes ? bytes_text(rate) + "/s" : audio_rate_text(rate);
}

void Progress::tell() {
  const std::lock_guard lock(mutex_);
  const auto now = settings_.now();
  if (active_.empty() || now - told_ < settings_.silence) return;
  const auto silent = std::min_element(active_.begin(), active_.end(),
                                       [](const auto& a, const auto& b) { return a.second.spoken < b.second.spoken; });
  if (now - silent->second.spoken < settings_.silence) return;
  const UnderWay unit = describe(silent->first, silent->second, now);
  process::say(settings_.stream, "[{}/{}] {}\n", done_units_, total_units_,
               line_of(unit, unit.rate > 0 ? rate_text(unit.rate) : ""));
  std::fflush(settings_.stream);
  told_ = silent->second.spoken = now;
}

std::vector<UnderWay> Progress::under_way() {
  const std::lock_guard lock(mutex_);
  const auto now = settings_.now();
  std::vector<UnderWay> units;
  for (const auto& [unit, active] : active_) units.push_back(describe(unit, active, now));
  return units;
}

std::size_t Progress::done_units() {
  const std::lock_guard lock(mutex_);
  return done_units_;
}

std::size_t Progress::failures() {
  const std::lock_guard lock(mutex_);
  return failures_;
}

void Progress::erase() {
  if (drawn_lines_ == 0) return;
  for (int i = 0; i < drawn_lines_; ++i) std::fputs("\x1b[1A\x1b[2K", settings_.stream);
  drawn_lines_ = 0;
}

std::string Progress::overall() const {
  const double elapsed = std::chrono::duration<double>(settings_.now() - start_).count();
  const double rate = elapsed > 0 ? done_ / elapsed : 0;
  const double left = total_seconds_ - done_before_ - done_;
  std::string text =
      fmt::format("{} {}/{} {}  {}", bar(total_units_ > 0 ? double(done_units_) / double(total_units_) : 1),
                  done_units_, total_units_, settings_.bytes ? "files" : "units", rate_text(rate));
  text += fmt::format("  {} elapsed", clock_text(elapsed));
  if (rate > 0 && left > 1) text += fmt::format("  {}ETA {}", settings_.bytes ? "" : "audio ", clock_text(left / rate));
  if (failures_ > 0) text += fmt::format("  {} failed", failures_);
  return text;
}

void Progress::draw() {
  const std::size_t width = terminal_width(settings_.stream) - 1;
  erase();
  std::size_t longest = 0;
  for (const auto& [unit, active] : active_) longest = std::max(longest, unit.size());
  const auto now = settings_.now();
  for (const auto& [unit, active] : active_) {
    const UnderWay at = describe(unit, active, now);
    std::string line = fmt::format("  {:<{}} {} {:3.0f} %", unit, longest, bar(at.fraction), 100 * at.fraction);
    if (settings_.bytes) line += "  " + bytes_text(active.done);
    if (at.left >= 1) line += fmt::format("  ETA {}", clock_text(at.left));
    line += "  " + active.note;
    process::say(settings_.stream, "{}\n", cut(line, width));
    ++drawn_lines_;
  }
  process::say(settings_.stream, "{}\n", cut(overall(), width));
  ++drawn_lines_;
  std::fflush(settings_.stream);
}

}  // namespace cfo::process
