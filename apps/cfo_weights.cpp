// cfo-weights: the published weights: where they are, which are here, how to get them and whether they fit.
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "apps/program.h"
#include "base/process/progress.h"
#include "base/process/say.h"
#include "base/text.h"
#include "nodes/weights/add.h"
#include "nodes/weights/fetch.h"
#include "nodes/weights/list.h"
#include "nodes/weights/state.h"
#include "nodes/weights/store.h"
#include "nodes/weights/verify.h"

namespace {

namespace fs = std::filesystem;
using namespace cfo;

struct Options {
  std::vector<std::string> names;
  std::vector<fs::path> files;
  std::string name;
  bool json = false, all = false;
  weights::FetchSettings fetch = weights::settings_from_environment();
};

int list(const Options& options) {
  const auto models = weights::find_published(options.names);
  fmt::print("{}", options.json ? weights::weights_json(models) : weights::weights_table(models));
  return apps::exit_done;
}

/// The end of a fetch in words; the exit code.
int summarise(const std::vector<weights::FetchedFile>& files, const Options& options) {
  std::size_t fetched = 0, present = 0, missed = 0;
  double bytes = 0;
  bool stopped = false;
  for (const auto& file : files) {
    switch (file.result) {
      case weights::FetchResult::fetched:
        ++fetched;
        bytes += static_cast<double>(file.bytes);
        break;
      case weights::FetchResult::present:
        ++present;
        break;
      case weights::FetchResult::stopped:
        stopped = true;
        break;
      case weights::FetchResult::by_hand:
      case weights::FetchResult::failed:
        ++missed;
        process::say(stderr, "cfo-weights: {}: {}\n", file.key, file.detail);
    }
  }
  if (!options.fetch.quiet || missed > 0) {
    process::say(stderr, "{} of {} files are in {} ({} fetched now, {}; {} were there){}\n", fetched + present,
                 files.size(), weights::weights_root().string(), fetched, process::bytes_text(bytes), present,
                 missed > 0 ? fmt::format("; {} are not, see above", missed) : "");
  }
  if (stopped) {
    process::say(stderr, "interrupted; give the same command again to continue from here\n");
    return apps::exit_interrupted;
  }
  return missed > 0 ? apps::exit_failed : apps::exit_done;
}

int fetch(Options& options) {
  if (options.names.empty() && !options.all)
    throw Error("name the models to fetch (cfo-weights list shows their names), or give --all");
  if (!options.names.empty() && options.all) throw Error("give names or --all, not both");
  options.fetch.bars = !options.fetch.quiet && ::isatty(STDERR_FILENO) == 1;
  options.fetch.download.http.stop = &apps::stop_requested();
  return summarise(weights::fetch(weights::find_published(options.names), options.fetch), options);
}

int add(const Options& options) {
  const auto models = weights::find_published({&options.name, 1});
  const auto added =
      weights::add_files(*models.front(), options.files, options.fetch.update_lock, apps::stop_requested());
  for (const auto& file : added) fmt::print("{}\n  sha256 {}\n", file.path.string(), file.sha256);
  if (added.front().fits) {
    fmt::print("{} is complete and fits its network\n", options.name);
  } else {
    fmt::print("added; whether the files fit the network is checked once the other files of {} are here too\n",
               options.name);
  }
  return apps::exit_done;
}

/// What is wrong with a model's files, "" where nothing is; and how it fits.
struct Verdict {
  std::string name, state, problem;
  weights::Fit fit;
};

Verdict judge(const weights::Published* model, const weights::WeightsLock& lock) {
  Verdict verdict{.name = model->name, .state = "fits", .problem = {}, .fit = {}};
  for (const auto& file : weights::files_of({&model, 1})) {
    const auto standing = weights::standing_of(file, lock);
    if (standing.state == weights::FileState::present || standing.state == weights::FileState::unrecorded) continue;
    verdict.state = weights::state_word(standing.state);
    verdict.problem = standing.state == weights::FileState::missing || standing.state == weights::FileState::partial
                          ? weights::why_missing(model->weights, model->name)
                          : standing.detail;
    return verdict;
  }
  try {
    verdict.fit = weights::require_fit(*model, weights::weight_path);
  } catch (const std::exception& error) {
    verdict.state = "does not fit";
    verdict.problem = apps::sentence(error);
  }
  return verdict;
}

void print_verdict(const Verdict& verdict) {
  fmt::print("{:<40} {}{}\n", verdict.name, verdict.state,
             verdict.problem.empty() ? ", " + counted(verdict.fit.tensors, "tensor") : ": " + verdict.problem);
  if (!verdict.fit.within.empty()) fmt::print("  taken from within '{}'\n", verdict.fit.within);
  constexpr std::size_t most = 8;
  for (std::size_t i = 0; i < std::min(most, verdict.fit.unused.size()); ++i)
    fmt::print("  unused: {}\n", verdict.fit.unused[i]);
  if (verdict.fit.unused.size() > most) fmt::print("  ... and {} more\n", verdict.fit.unused.size() - most);
}

/// Models named by the user must be on this machine; without names, those that are not are only counted.
int verify(const Options& options) {
  const weights::WeightsLock lock(weights::weights_root());
  auto json = nlohmann::ordered_json::array();
  std::size_t wrong = 0, absent = 0;
  for (const auto* const model : weights::find_published(options.names)) {
    if (apps::stop_requested()) return apps::exit_interrupted;
    const Verdict verdict = judge(model, lock);
    const bool missing = verdict.state == "missing" || verdict.state == "partial";
    if (missing && options.names.empty()) ++absent;
    if (!verdict.problem.empty() && !(missing && options.names.empty())) ++wrong;
    if (options.json) {
      json.push_back({{"name", verdict.name},
                      {"state", verdict.state},
                      {"problem", verdict.problem},
                      {"tensors", verdict.fit.tensors},
                      {"unused", verdict.fit.unused}});
    } else if (!missing || !options.names.empty()) {
      print_verdict(verdict);
    }
  }
  if (options.json) fmt::print("{}\n", json.dump(2));
  if (!options.json && absent > 0)
    fmt::print("{} models are not on this machine; cfo-weights list shows which\n", absent);
  return wrong > 0 ? apps::exit_failed : apps::exit_done;
}

}  // namespace

int main(int argc, char** argv) {
  apps::Program program(
      "cfo-weights",
      "Lists, downloads and checks the published weights of the codecs, the countermeasures and UTMOS. "
      "They are kept in $CFO_WEIGHTS (default: ~/.cache/cfo/weights); weights.lock there records the "
      "address, size and SHA-256 of every file. HF_TOKEN is sent to https://huggingface.co only; "
      "HF_ENDPOINT names a mirror of it, https_proxy a proxy.",
      "cfo-weights list\ncfo-weights fetch --all\ncfo-weights fetch Encodec_6b24k XLS-R utmos22_strong\n"
      "cfo-weights add languagecodec ~/Downloads/languagecodec_paper.ckpt\ncfo-weights verify");
  auto& app = program.options();
  app.require_subcommand(1);
  Options options;
  auto* list_command = app.add_subcommand(
      "list", "every model: whether it is on this machine, size, licence, files and their addresses");
  list_command->add_option("NAME", options.names, "only these models");
  list_command->add_flag("--json", options.json, "as JSON");
  auto* fetch_command = app.add_subcommand("fetch", "downloads what is missing; an interrupted download is continued");
  fetch_command->add_option("NAME", options.names, "models to download");
  fetch_command->add_flag("--all", options.all, "the paper's 31 codecs, XLS-R, the countermeasures and UTMOS");
  fetch_command->add_option("--jobs", options.fetch.jobs, "downloads at the same time")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  fetch_command->add_flag("--again", options.fetch.again, "download again what is already here");
  fetch_command->add_flag("--update-lock", options.fetch.update_lock,
                          "accept a file that differs from weights.lock, and record it there");
  fetch_command->add_flag("--quiet", options.fetch.quiet, "show no progress");
  auto* add_command =
      app.add_subcommand("add", "checks files that you downloaded yourself, and copies them to their place");
  add_command->add_option("NAME", options.name, "model")->required();
  add_command->add_option("FILE", options.files, "its files, or the archive they are in")->required();
  add_command->add_flag("--update-lock", options.fetch.update_lock,
                        "accept a file that differs from weights.lock, and record it there");
  auto* verify_command = app.add_subcommand(
      "verify",
      "checks digests, and that every tensor that inference needs is there with the right shape; lists unused tensors");
  verify_command->add_option("NAME", options.names, "only these models; all of them must be on this machine");
  verify_command->add_flag("--json", options.json, "as JSON");
  return program.run(argc, argv, [&]() -> int {
    try {
      if (*list_command) return list(options);
      if (*fetch_command) return fetch(options);
      if (*add_command) return add(options);
      return *verify_command ? verify(options) : apps::exit_usage;
    } catch (const Error&) {  // stopped while it waited for another cfo-weights
      if (apps::stop_requested()) return apps::exit_interrupted;
      throw;
    }
  });
}
