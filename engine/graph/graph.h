// A graph as users write it (YAML), read and checked as a whole: every mistake is found before anything runs.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/kind/kind.h"

namespace cfo::engine {

/// A mistake in a graph: where it is and what to do.
struct Problem {
  std::string file;
  int line = 0;  ///< from 1; 0: not in the file (--set, or a check of the whole)
  int column = 0;
  std::string node;  ///< "" outside nodes
  std::string message;
  /// "graphs/x.yaml:12:9: node 'wave': unknown parameter 'rat'; did you mean 'rate'?"
  std::string text() const;
};

/// All mistakes of a graph at once; what() has one line each.
class GraphError : public Error {
 public:
  explicit GraphError(std::vector<Problem> problems);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// An edge as written in `from:`.
struct Reference {
  std::string port;
  std::string node;
  /// Tasks may narrow which units they take: variable -> values ("$x" entries are bound per instance).
  std::map<std::string, std::vector<std::string>> filters;
};

struct GraphNode {
  std::string name;
  const Kind* kind = nullptr;
  std::map<std::string, YAML::Node> values;  ///< as written or defaulted; "$x" still inside
  std::vector<Reference> from;
  std::vector<std::string> needs;  ///< tasks that must be complete before its unit starts
  bool optional = false;           ///< left out, with what depends on it, where this machine lacks what it needs
  bool may_be_empty = false;       ///< a source that may find nothing for some values: tasks without input are left out
  std::set<std::string> variables;  ///< foreach variables it uses; for pipeline nodes also those of its ancestors
};

/// A value of a foreach variable that cannot be used on this machine, and why.
struct Unavailable {
  std::string variable, value, reason;
};

/// A node that does not run on this machine, and why.
struct LeftOut {
  std::string node, reason;
};

struct Graph {
  std::filesystem::path file;
  Parameters settings;                                                    ///< graph_parameters()
  std::vector<std::pair<std::string, std::vector<std::string>>> foreach;  ///< variable -> values that will run
  std::vector<Unavailable> unavailable;
  std::vector<LeftOut> left_out;  ///< nodes that the graph has and that will not run
  std::set<std::string> notes;    ///< what this machine lacks and a dry run does not refuse
  std::vector<GraphNode> nodes;   ///< every node after those it comes from
  /// The graph as it runs, as YAML: every default and environment variable filled in, what --only, `missing: skip` and
  /// `optional: true` took away left out (comments tell). Read again, anywhere, it makes the same units or says what it
  /// lacks there.
  std::string resolved;
  std::string digest;  ///< SHA-256 of `resolved` without its comments

  const GraphNode* find(std::string_view name) const;
  const std::vector<std::string>* values_of(std::string_view variable) const;
};

/// `optional: items` is for a source that must be on this machine but may have no items for some foreach values; a
/// resolved graph says it where the graph says `optional: true`.
constexpr auto optional_items = "items";

/// The settings at the top of a graph file, described as node parameters are.
const std::vector<Parameter>& graph_parameters();

struct GraphOptions {
  std::vector<std::string> set;  ///< "key=value": seed=1, corpus.root=/x, cm.epochs=3
  /// Variable -> values to keep. One with {as: OTHER} takes what is kept of OTHER, and may be narrowed further itself.
  std::map<std::string, std::vector<std::string>> only;
  /// For --dry-run: values that cannot be used here are kept (and listed), and what this machine lacks (a corpus, a
  /// device) becomes a note.
  bool tolerate = false;
  std::string device = {};  ///< --device: instead of the graph's; "": the graph's
};

/// Reads and checks a graph, which refers to the registry's kinds from then on. Throws GraphError with every mistake
/// found, or Error when the file cannot be read.
Graph read_graph(const std::filesystem::path& file, const Registry& registry, const GraphOptions& options = {});
Graph read_graph(const std::filesystem::path& file, Registry&& registry, const GraphOptions& options = {}) = delete;

/// The node's parameters for one unit: variables bound, every value of its described type.
Parameters parameters_for(const GraphNode& node, const Bindings& bindings);

/// All combinations of values of `variables`, in the order of the graph's foreach.
std::vector<Bindings> combinations(const Graph& graph, const std::set<std::string>& variables);

/// "$codec/x" with the variables replaced by their values.
std::string bind_text(const std::string& text, const Bindings& bindings);

}  // namespace cfo::engine
