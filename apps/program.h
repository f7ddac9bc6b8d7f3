// What every CFO program does alike: options, exit codes, one line for a mistake, Ctrl-C.
#pragma once

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/nearest.h"
#include "base/parallel.h"
#include "base/process/interrupt.h"
#include "base/process/limits.h"
#include "base/process/say.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::apps {

enum ExitCode {
  exit_done = 0,
  exit_failed = 1,        ///< it ended, but something failed on the way
  exit_usage = 2,         ///< an unknown option or a bad value; nothing was done
  exit_interrupted = 130  ///< Ctrl-C or SIGTERM
};

/// True from the first Ctrl-C (or SIGTERM) on; loops look at it between items.
inline const std::atomic<bool>& stop_requested() { return process::InterruptHandler::requested(); }

/// What went wrong in words for the user; libtorch's errors without their stack trace.
inline std::string sentence(const std::exception& error) {
  if (const auto* const torch = dynamic_cast<const c10::Error*>(&error)) {
    const std::string text = torch->what_without_backtrace();
    return text.substr(0, text.find('\n'));
  }
  return error.what();
}

/// "cfo-x: sentence" on stderr, for each line of `text`.
inline void complain(std::string_view program, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) process::say(stderr, "{}: {}\n", program, line);
  }
}

/// Calls `work` and turns what it throws into a line on stderr and an exit code: Error 2, OutOfSpace and all else 1. So
/// an Error that leaves a program's body means that it could not begin with what it was given; later failures are for
/// the body to report.
template <typename Work>
int run_program(std::string_view name, const Work& work) {
  try {
    // libtorch starts as many threads as there are cores, and waits without end for one that does not start.
    process::require_threads(core_count() + 2);
    tensors::use_one_thread_per_task();
    const process::InterruptHandler interrupts;
    const int code = work();
    const process::OutputFate fate = process::flush_output();
    if (fate.arrived) return code;
    if (!fate.reason.empty()) complain(name, "the result did not reach standard output: " + fate.reason);
    return exit_failed;
  } catch (const OutOfSpace& error) {
    complain(name, error.what());
  } catch (const Error& error) {
    complain(name, error.what());
    return exit_usage;
  } catch (const std::exception& error) {
    const process::OutputFate fate = process::flush_output();
    if (fate.arrived) complain(name, sentence(error));
    if (!fate.reason.empty()) complain(name, "the result did not reach standard output: " + fate.reason);
  }
  return exit_failed;
}

/// A program with its command line.
///
///     Program program("cfo-export", "Shards back to audio files.", "cfo-export runs/quickstart --format wav");
///     program.options().add_option("--format", options.format, "wav or flac");
///     return program.run(argc, argv, [&] { return export_all(options); });
class Program {
 public:
  Program(std::string name, const std::string& summary, const std::string& examples)
      : name_(std::move(name)), app_(summary, name_) {
    app_.set_version_flag("--version", name_ + " " CFO_VERSION);
    app_.set_help_flag("-h,--help", "Print this help and exit");
    app_.footer("Examples:\n" + indented(examples));
    app_.get_formatter()->column_width(32);
  }

  CLI::App& options() { return app_; }
  const std::string& name() const { return name_; }

  /// Parses, then works as run_program does. A mistake on the command line is one line on stderr and exit code 2.
  template <typename Work>
  int run(int argc, char** argv, const Work& work) {
    process::prepare_streams();
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& asked_for_text) {
      return app_.exit(asked_for_text);
    } catch (const CLI::ParseError& error) {
      std::string text = mistake(error);
      std::replace(text.begin(), text.end(), '\n', ' ');
      complain(name_, fmt::format("{} (see {} --help)", text, name_));
      return exit_usage;
    }
    return run_program(name_, work);
  }

 private:
  static std::string indented(const std::string& text) {
    std::istringstream lines(text);
    std::string result;
    for (std::string line; std::getline(lines, line);) result += "  " + line + "\n";
    return result;
  }

  /// An unknown option is told first: what CLI11 misses otherwise is often its consequence.
  std::string mistake(const CLI::ParseError& error) const {
    for (const auto& extra : app_.remaining(true)) {
      if (extra.size() > 1 && extra.front() == '-') {
        const std::string option = extra.substr(0, extra.find('='));
        const std::string near = nearest(option, option_names());
        return fmt::format("unknown option '{}'{}", option,
                           near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
      }
    }
    for (const auto& extra : app_.remaining(true)) {
      const auto commands = command_names();
      if (commands.empty() || !app_.get_subcommands().empty()) return fmt::format("unexpected argument '{}'", extra);
      return fmt::format("unknown command '{}'{}", extra, suggestion(extra, commands));
    }
    return error.what();
  }

  std::vector<std::string> option_names() const {
    std::vector<std::string> names;
    const auto gather = [&names](const CLI::App& app) {
      for (const CLI::Option* const option : app.get_options()) {
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
      }
    };
    gather(app_);
    for (const CLI::App* const command : app_.get_subcommands()) gather(*command);
    return names;
  }

  std::vector<std::string> command_names() const {
    std::vector<std::string> names;
    for (const CLI::App* const command : app_.get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(command->get_name());
    }
    return names;
  }

  std::string name_;
  CLI::App app_;
};

}  // namespace cfo::apps
