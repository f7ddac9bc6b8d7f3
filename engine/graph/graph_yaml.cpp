#include "engine/graph/graph_yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <map>
#include <set>
#include <sstream>
#include <vector>

namespace cfo::engine {
namespace {

constexpr std::size_t deepest = 64;
constexpr std::size_t most_values = 200'000;

/// Counts what a text would become before anything of it is built.
class Bounds : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { leaf(mark, anchor, 1); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string&) override {
    leaf(mark, anchor, 1);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    for (const auto& open : open_)
      if (open.anchor == anchor) throw YamlFault(mark, "this alias stands inside what it is an alias of");
    leaf(mark, YAML::NullAnchor, sizes_[anchor]);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    YAML::anchor_t anchor;
    std::size_t values;  ///< all that came before it
  };

  static constexpr YAML::anchor_t none = YAML::NullAnchor;

  void leaf(const YAML::Mark& mark, YAML::anchor_t anchor, std::size_t values) {
    values_ += values;
    if (values_ > most_values)
      throw YamlFault(mark, fmt::format("more than {} values, once every alias stands for what it means", most_values));
    if (anchor != none) sizes_[anchor] = values;
  }
  void begin(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() >= deepest) throw YamlFault(mark, fmt::format("nested deeper than {} levels", deepest));
    open_.push_back({anchor, values_});
    leaf(mark, none, 1);
  }
  void end() {
    if (open_.back().anchor != none) sizes_[open_.back().anchor] = values_ - open_.back().values;
    open_.pop_back();
  }

  std::size_t values_ = 0;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, std::size_t> sizes_;  ///< values of what an anchor names
};

}  // namespace

YAML::Node load_yaml(const std::string& text) {
  if (text.size() > longest_graph)
    throw YamlFault(YAML::Mark::null_mark(), fmt::format("longer than {} MiB, which no graph is", longest_graph >> 20));
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Bounds bounds;
    parser.HandleNextDocument(bounds);
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw YamlFault(error.mark, fmt::format("not valid YAML: {}", error.msg));
  }
}

}  // namespace cfo::engine
