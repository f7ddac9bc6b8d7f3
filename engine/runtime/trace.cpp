#include "engine/runtime/trace.h"

#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/durable_file.h"

namespace cfo::engine {
namespace {

/// Small consecutive numbers read better in the viewer than system thread ids.
int thread_number() {
  static std::atomic<int> next{1};
  thread_local const int number = next++;
  return number;
}

}  // namespace

Trace::Trace(const std::filesystem::path& file) : file_(std::fopen(file.c_str(), "w"), &std::fclose) {
  if (file_ == nullptr) throw_write_error(file, errno);
  std::fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", file_.get());
}

Trace::~Trace() { std::fputs("\n]}\n", file_.get()); }

void Trace::event(std::string_view what, std::string_view unit, std::string_view item, Clock::time_point begin,
                  Clock::time_point end) {
  const auto micros = [](auto duration) { return std::chrono::duration<double, std::micro>(duration).count(); };
  const nlohmann::json line = {{"name", what},
                               {"cat", unit},
                               {"ph", "X"},
                               {"pid", 1},
                               {"tid", thread_number()},
                               {"ts", micros(begin - start_)},
                               {"dur", micros(end - begin)},
                               {"args", {{"unit", unit}, {"item", item}}}};
  const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const std::lock_guard lock(mutex_);
  std::fputs(first_ ? "\n" : ",\n", file_.get());
  std::fputs(text.c_str(), file_.get());
  first_ = false;
}

}  // namespace cfo::engine
