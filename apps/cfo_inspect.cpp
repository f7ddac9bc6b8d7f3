// cfo-inspect: looks at codecs, node kinds, graphs, runs, shards and checkpoints.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>

#include "apps/program.h"
#include "base/installation.h"
#include "base/parallel.h"
#include "base/process/progress.h"
#include "base/text.h"
#include "engine/describe/describe.h"
#include "nodes/kinds/register.h"
#include "nodes/kinds/shared/survey_text.h"
#include "nodes/networks/codecs/card.h"
#include "nodes/weights/store.h"
#include "storage/checkpoint/checkpoint.h"
#include "storage/corpus/survey.h"
#include "storage/run_folder/finished_files.h"
#include "storage/shards/shard.h"

namespace {

namespace fs = std::filesystem;
using namespace cfo;

std::string rate_text(const codecs::Card& card) {
  return card.bitrate_kbps > 0 ? fmt::format("{:g}", card.bitrate_kbps) : "-";
}

int print_codecs() {
  fmt::print("{:<3} {:<40} {:<18} {:<3}/{:<6}/{:<4} {:>6} {:>6} {:>7} {:>4}  {}\n", "", "codec", "family", "Q", "A",
             "D", "Hz", "hop", "kbps", "books", "state");
  for (const auto& card : codecs::all_cards()) {
    const std::string why = weights::why_unavailable(card);
    fmt::print("{:<3} {:<40} {:<18} {:<3}/{:<6}/{:<4} {:>6} {:>6} {:>7} {:>4}   {}\n", card.letter, card.name,
               card.title, card.quantizer, card.auxiliary, card.decoder, card.sample_rate, card.hop, rate_text(card),
               card.codebooks, why.empty() ? "ready" : why);
  }
  return apps::exit_done;
}

int print_codec(const std::string& name) {
  const auto& card = codecs::find_card(name);
  const std::string why = weights::why_unavailable(card);
  fmt::print("{}{}\n  family       {} ({})\n  backend      {}\n  taxonomy     quantizer {}, auxiliary {}, decoder {}\n",
             card.name, card.letter.empty() ? "" : " (" + card.letter + " in the paper)", card.title, card.family,
             card.backend, card.quantizer, card.auxiliary, card.decoder);
  fmt::print(
      "  rate         {} Hz, hop {}, {:g} frames/s\n  codes        {} codebook(s) of {}, {} kbps\n  licence      {}\n  "
      "source       {}\n  card         {}\n",
      card.sample_rate, card.hop, card.frame_rate, card.codebooks, card.codebook_size, rate_text(card), card.license,
      card.source, card.file.string());
  for (const auto& file : card.weights)
    fmt::print("  weights      {} [{}]\n               from {}\n", weights::weight_path(file).string(),
               fs::exists(weights::weight_path(file)) ? "present" : "missing", file.url.empty() ? file.page : file.url);
  fmt::print("  state        {}\n", why.empty() ? "ready" : why);
  return apps::exit_done;
}

int print_graph(const std::string& file, bool dot) {
  const auto registry = kinds::make_registry();
  engine::GraphOptions options;
  options.tolerate = true;
  const auto graph = engine::read_graph(find_graph(file), registry, options);
  fmt::print("{}", dot ? engine::graph_as_dot(graph) : engine::describe_graph(graph));
  return apps::exit_done;
}

/// For what takes long: a bar, and Ctrl-C ends it.
std::function<void(double)> run_progress(const std::string& what) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  auto bar = std::make_shared<process::Progress>(
      process::Progress::Settings{.stream = stderr, .bars = terminal, .quiet = !terminal}, 0, 0, 1, 0);
  bar->begin(what, 1);
  return [bar, what](double fraction) {
    if (apps::stop_requested()) throw Error("interrupted; nothing was changed");
    bar->fraction(what, fraction, "");
  };
}

struct CorpusQuestion {
  std::string root, layout, microphone = "mic1", protocol;
  std::vector<std::string> validation, eval;
};

int print_corpus(const CorpusQuestion& question) {
  storage::CorpusOptions options{.layout = question.layout,
                                 .root = with_home(question.root),
                                 .microphone = question.microphone,
                                 .protocol = with_home(question.protocol)};
  if (options.layout.empty())
    options.layout = options.protocol.empty() ? storage::guess_layout(options.root) : "asvspoof2019";
  storage::Split split;
  if (!question.validation.empty()) split.validation = question.validation;
  if (!question.eval.empty()) split.eval = question.eval;
  const auto survey = storage::survey_corpus(options, split, core_count(), run_progress("reading headers"));
  fmt::print("{}", kinds::survey_text(survey, 100));
  return survey.left_out.empty() ? apps::exit_done : apps::exit_failed;
}

int print_shard(const std::string& file) {
  const std::string damage = storage::damage_of(file);
  if (!damage.empty()) throw Error("{}; give the command of its run again, which makes it anew", damage);
  const storage::ShardReader reader(file);
  const auto& a = reader.attributes();
  double seconds = 0;
  for (const double duration : reader.durations()) seconds += duration;
  fmt::print("{}: {}, {} of audio at {} Hz\n", file, counted(reader.size(), "utterance"),
             process::duration_text(seconds), a.sample_rate);
  fmt::print("  codec {} (family {}, quantizer {}, auxiliary {}, decoder {}), split {}, codec rate {} Hz\n", a.codec,
             a.family, a.quantizer, a.auxiliary, a.decoder, a.split, a.codec_sample_rate);
  fmt::print("  graph {:.12}  weights {:.12}  corpus {:.12}  engine {}{}\n", a.graph_digest, a.weights_digest,
             a.corpus_digest, a.engine_version, a.device.empty() ? "" : "  made on " + a.device);
  for (const auto& [name, values] : reader.measures()) {
    double sum = 0;
    for (const double value : values) sum += value;
    fmt::print("  {}: mean {:.3f}\n", name, values.empty() ? 0.0 : sum / static_cast<double>(values.size()));
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(reader.size(), 10); ++i)
    fmt::print("  {:<32} {:<8} {:<9} {:6.2f} s\n", reader.utterance_ids()[i], reader.speaker_ids()[i],
               reader.labels()[i] == storage::Label::spoof ? "spoof" : "bonafide", reader.durations()[i]);
  if (reader.size() > 10) fmt::print("  ... and {} more\n", reader.size() - 10);
  return apps::exit_done;
}

int print_checkpoint(const std::string& file) {
  const auto summary = storage::describe_checkpoint(file);
  for (const auto& entry : summary.entries) {
    std::string shape;
    for (const auto size : entry.shape) shape += (shape.empty() ? "" : ", ") + std::to_string(size);
    fmt::print("{:<70} {:<10} [{}]\n", entry.name, entry.type, shape);
  }
  fmt::print("{}: {}, {}\n", file, summary.container, counted(summary.entries.size(), "entry", "entries"));
  return apps::exit_done;
}

}  // namespace

int main(int argc, char** argv) {
  apps::Program program(
      "cfo-inspect", "Looks at what CFO knows and makes.",
      "cfo-inspect codecs\ncfo-inspect codec Encodec_6b24k\ncfo-inspect nodes resample\n"
      "cfo-inspect graph quickstart --dot | dot -Tsvg > graph.svg\n"
      "cfo-inspect run runs/quickstart\ncfo-inspect shard runs/quickstart/shards/mdct_rvq/eval/00000.h5");
  auto& app = program.options();
  app.require_subcommand(1);
  std::string name, file;
  bool dot = false, verify = false;
  auto* codecs_command = app.add_subcommand("codecs", "every codec model and whether it can be used here");
  auto* codec_command = app.add_subcommand("codec", "one codec model: its card and its weight files");
  codec_command->add_option("NAME", name, "codec name")->required();
  auto* nodes_command = app.add_subcommand("nodes", "the node kinds with their parameters");
  nodes_command->add_option("NAME", name, "one kind only");
  auto* graph_command = app.add_subcommand("graph", "the nodes and edges of a graph");
  graph_command->add_option("FILE", file, "graph file, or the name of a graph that came with CFO")->required();
  graph_command->add_flag("--dot", dot, "as a Graphviz digraph");
  auto* run_command = app.add_subcommand("run", "progress, throughput and failures of a run folder");
  run_command->add_option("DIR", file, "run folder")->required();
  run_command->add_flag("--verify", verify, "read every finished file and hold it against the ledger's digest");
  CorpusQuestion corpus;
  auto* corpus_command = app.add_subcommand(
      "corpus", "what a corpus holds, what of it would be left out and why, and its splits, before a night is spent");
  corpus_command->add_option("ROOT", corpus.root, "folder of the corpus")->required();
  corpus_command->add_option("--layout", corpus.layout,
                             "vctk, folder, asvspoof2019 or codecfake_plus (default: what fits)");
  corpus_command->add_option("--microphone", corpus.microphone, "VCTK 0.92: mic1 or mic2");
  corpus_command->add_option("--protocol", corpus.protocol, "protocol file of asvspoof2019 and codecfake_plus");
  corpus_command->add_option("--validation", corpus.validation, "speakers (default: the paper's)")->delimiter(',');
  corpus_command->add_option("--eval", corpus.eval, "speakers (default: the paper's)")->delimiter(',');
  auto* shard_command = app.add_subcommand("shard", "what a shard holds");
  shard_command->add_option("FILE", file, "shard (.h5)")->required();
  auto* checkpoint_command =
      app.add_subcommand("checkpoint", "the tensors of a checkpoint file; nothing in it is executed");
  checkpoint_command->add_option("FILE", file, "checkpoint file")->required();
  return program.run(argc, argv, [&]() -> int {
    if (*codecs_command) return print_codecs();
    if (*codec_command) return print_codec(name);
    if (*nodes_command) {
      fmt::print("{}", engine::describe_kinds(kinds::make_registry(), name));
      return apps::exit_done;
    }
    if (*graph_command) return print_graph(file, dot);
    if (*run_command) {
      const auto description = engine::describe_run(file, verify ? engine::Check::everything : engine::Check::quickly,
                                                    verify ? run_progress("reading finished files") : nullptr);
      fmt::print("{}", description.text);
      return description.damaged == 0 ? apps::exit_done : apps::exit_failed;
    }
    if (*corpus_command) return print_corpus(corpus);
    if (*shard_command) return print_shard(file);
    return *checkpoint_command ? print_checkpoint(file) : apps::exit_usage;
  });
}
