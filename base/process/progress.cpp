#include "base/process/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

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

Progress::Progress(Settings settings, double total_seconds, double done_seconds, std::size_t total_units,
                   std::size_t done_units)
    : settings_(settings),
      total_seconds_(total_seconds),
      done_before_(done_seconds),
      total_units_(total_units),
      done_units_(done_units) {
  if (settings_.quiet || !settings_.bars) return;
  drawer_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!closing_) {
      draw();
      wake_.wait_for(lock, std::chrono::milliseconds(200));
    }
  });
}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    wake_.notify_all();
  }
  if (drawer_.joinable()) drawer_.join();
  erase();
}

void Progress::begin(const std::string& unit, double seconds, double done) {
  const std::lock_guard lock(mutex_);
  active_[unit].seconds = seconds;
  active_[unit].done = done;
}

void Progress::add(const std::string& unit, double seconds) {
  const std::lock_guard lock(mutex_);
  active_[unit].done += seconds;
  done_ += seconds;
}

void Progress::fraction(const std::string& unit, double fraction, const std::string& note) {
  const std::lock_guard lock(mutex_);
  auto& task = active_[unit];
  task.seconds = 1;
  task.done = fraction;
  task.note = note;
}

void Progress::note(const std::string& unit, const std::string& text) {
  const std::lock_guard lock(mutex_);
  active_[unit].note = text;
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
  fmt::print(settings_.stream, "[{}/{}] {}: {}\n", done_units_, total_units_, unit, summary);
  std::fflush(settings_.stream);
}

void Progress::abandon(const std::string& unit) {
  const std::lock_guard lock(mutex_);
  active_.erase(unit);
}

void Progress::say(const std::string& line) {
  const std::lock_guard lock(mutex_);
  erase();
  fmt::print(settings_.stream, "{}\n", line);
  std::fflush(settings_.stream);
}

void Progress::erase() {
  if (drawn_lines_ == 0) return;
  for (int i = 0; i < drawn_lines_; ++i) std::fputs("\x1b[1A\x1b[2K", settings_.stream);
  drawn_lines_ = 0;
}

std::string Progress::overall() const {
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = elapsed > 0 ? done_ / elapsed : 0;
  const double left = total_seconds_ - done_before_ - done_;
  std::string text =
      fmt::format("{} {}/{} {}  {}", bar(total_units_ > 0 ? double(done_units_) / double(total_units_) : 1),
                  done_units_, total_units_, settings_.bytes ? "files" : "units",
                  settings_.bytes ? bytes_text(rate) + "/s" : fmt::format("{:.1f} audio s/s", rate));
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
  for (const auto& [unit, active] : active_) {
    const double part = active.seconds > 0 ? active.done / active.seconds : 0;
    const std::string line =
        fmt::format("  {:<{}} {} {:3.0f} %  {}", unit, longest, bar(part), 100 * std::min(1.0, part),
                    settings_.bytes ? bytes_text(active.done) + "  " + active.note : active.note);
    fmt::print(settings_.stream, "{}\n", cut(line, width));
    ++drawn_lines_;
  }
  fmt::print(settings_.stream, "{}\n", cut(overall(), width));
  ++drawn_lines_;
  std::fflush(settings_.stream);
}

}  // namespace cfo::process
