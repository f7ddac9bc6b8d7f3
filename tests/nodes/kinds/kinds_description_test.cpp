// Every node kind describes itself completely: defaults, checks and help texts come from that description alone.
#include <algorithm>
#include <cctype>
#include <set>

#include "engine/graph/graph.h"
#include "engine/graph/graph_values.h"
#include "nodes/kinds/register.h"
#include "nodes/networks/codecs/card.h"
#include "nodes/networks/codecs/make/make_codec.h"
#include "nodes/networks/detectors/training/training.h"
#include "tests/support/kind_support.h"

using namespace cfo;

namespace {

bool is_identifier(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return std::islower(static_cast<unsigned char>(c)) != 0 || std::isdigit(static_cast<unsigned char>(c)) != 0 ||
           c == '_';
  });
}

/// One line for people: not empty, no full stop, fit for a table.
void check_summary(const std::string& summary) {
  CHECK_FALSE(summary.empty());
  CHECK(summary.back() != '.');
  CHECK(summary.size() <= 100);
  CHECK(summary.find('\n') == std::string::npos);
}

bool is_number(const engine::Parameter& parameter) {
  return parameter.type == engine::Type::integer || parameter.type == engine::Type::number;
}

}  // namespace

TEST_CASE("names are unique and spelled alike, summaries are single lines") {
  const auto registry = kinds::make_registry();
  for (const auto& [name, kind] : registry.kinds()) {
    CAPTURE(name);
    CHECK(is_identifier(name));
    check_summary(kind.summary);
    std::set<std::string> names;
    for (const auto& parameter : engine::all_parameters(kind)) {
      CAPTURE(parameter.name);
      CHECK(is_identifier(parameter.name));
      CHECK(names.insert(parameter.name).second);
      check_summary(parameter.summary);
    }
    std::set<std::string> ports;
    for (const auto& port : kind.ports) CHECK(ports.insert(port.name).second);
  }
}

TEST_CASE("defaults are of their described type and range") {
  const auto registry = kinds::make_registry();
  for (const auto& [name, kind] : registry.kinds()) {
    for (const auto& parameter : engine::all_parameters(kind)) {
      CAPTURE(name);
      CAPTURE(parameter.name);
      if (parameter.min && parameter.max) CHECK(*parameter.min < *parameter.max);
      if (parameter.min || parameter.max) CHECK(is_number(parameter));
      if (!parameter.default_value) continue;
      const auto converted = engine::convert(parameter, YAML::Load(engine::spelled(*parameter.default_value)), {});
      if (const auto* fault = std::get_if<std::string>(&converted)) FAIL_CHECK(*fault);
      REQUIRE(std::holds_alternative<engine::Value>(converted));
      CHECK(engine::spelled(std::get<engine::Value>(converted)) == engine::spelled(*parameter.default_value));
    }
  }
}

TEST_CASE("each role has what the engine calls") {
  const auto registry = kinds::make_registry();
  for (const auto& [name, kind] : registry.kinds()) {
    CAPTURE(name);
    const bool task = kind.role == engine::Role::task, sink = kind.role == engine::Role::sink;
    CHECK(static_cast<bool>(kind.run) == task);
    CHECK(static_cast<bool>(kind.make) == !task);
    CHECK(static_cast<bool>(kind.plan) == (kind.role == engine::Role::source));
    CHECK(kind.outputs.empty() == !(task || sink));
    CHECK((kind.weight > 0) == sink);
    CHECK((kind.role == engine::Role::source) == (kind.ports.empty() && !task));
    for (const auto& dropped : kind.drops) {
      const bool read = std::any_of(kind.ports.begin(), kind.ports.end(), [&](const engine::Port& port) {
        return std::any_of(port.reads.begin(), port.reads.end(),
                           [&](const engine::Read& read) { return read.field.name == dropped.name; });
      });
      CHECK(read);
    }
  }
}

TEST_CASE("kinds of one section accept the same keys of it") {
  const auto registry = kinds::make_registry();
  std::set<std::string> common;
  for (const auto& parameter : registry.find("load_corpus")->parameters) common.insert(parameter.name);
  for (const auto& [name, kind] : registry.kinds()) {
    if (kind.section != "corpus") continue;
    for (const auto& key : common) {
      const bool known =
          std::any_of(kind.parameters.begin(), kind.parameters.end(), [&](const auto& p) { return p.name == key; });
      CHECK_MESSAGE(known, name << " does not know " << key);
    }
  }
}

TEST_CASE("the codec domain holds every card, the paper's models as 'all', and says what is missing") {
  const test::TemporaryFolder weights;
  const test::Environment root("CFO_WEIGHTS", weights.path().string());
  const auto registry = kinds::make_registry();
  const auto* domain = registry.domain("codec");
  REQUIRE(domain != nullptr);
  CHECK(domain->values.size() == codecs::all_cards().size());
  CHECK(domain->groups.at("all").size() == 31);
  CHECK(domain->groups.at("builtin") == std::vector<std::string>{"mdct_fsq", "mdct_rvq", "mdct_vq"});
  for (const auto& name : domain->groups.at("builtin")) CHECK(domain->unavailable(name) == "");
  const std::string missing = domain->unavailable("Encodec_6b24k");
  CHECK(missing == "not downloaded: run 'cfo-weights fetch Encodec_6b24k' (encodec_24khz-d7cc33bc.th into " +
                       (weights / "encodec").string() + ")");
  for (const auto& card : codecs::all_cards()) {
    if (!codecs::is_implemented(card))
      CHECK(domain->unavailable(card.name) == "not implemented yet (family " + card.family + ")");
  }
  test::write_bytes(weights / "encodec" / "encodec_24khz-d7cc33bc.th", "there");
  CHECK(domain->unavailable("Encodec_6b24k") == "");
}

TEST_CASE("an unknown codec is told with the nearest name, an unusable one with the reason") {
  const test::TemporaryFolder weights;
  const test::Environment root("CFO_WEIGHTS", weights.path().string());
  const auto registry = kinds::make_registry();
  for (const auto* name : {"encode", "quantize", "decode", "fit_codec"}) {
    CAPTURE(name);
    const auto& kind = *registry.find(name);
    const auto typo =
        kind.check(test::parameters_of(kind, {{"codec", std::string("mdct_rvk")}, {"root", weights.path().string()}}));
    REQUIRE(typo.size() == 1);
    CHECK(test::contains(typo.front(), "did you mean 'mdct_rvq'"));
    const auto absent = kind.check(
        test::parameters_of(kind, {{"codec", std::string("Encodec_6b24k")}, {"root", weights.path().string()}}));
    REQUIRE(absent.size() == 1);
    CHECK(test::contains(
        absent.front(), "codec 'Encodec_6b24k' cannot be used: not downloaded: run 'cfo-weights fetch Encodec_6b24k'"));
    CHECK(kind.check(test::parameters_of(kind, {{"codec", std::string("mdct_rvq")}, {"root", weights.path().string()}}))
              .empty());
  }
}

TEST_CASE("the full graph trains its countermeasures by the paper's recipe") {
  const auto registry = kinds::make_registry();
  const auto graph = engine::read_graph(std::string(CFO_SOURCE_DIR) + "/graphs/full_omni.yaml", registry,
                                        {.set = {}, .only = {}, .tolerate = true});
  const auto* const cm = graph.find("cm");
  REQUIRE(cm != nullptr);
  const auto parameters = engine::parameters_for(*cm, {{"codec", "bigcodec"}});
  const auto paper = detectors::paper_recipe();
  CHECK(parameters.text("detector") == "w2v2_aasist");
  CHECK(parameters.integer("epochs") == paper.epochs);
  CHECK(parameters.integer("batch") == paper.batch);
  CHECK(parameters.integer("samples") == paper.samples);
  CHECK(parameters.boolean("random_crop") == paper.random_crop);
  CHECK(parameters.number("learning_rate") == paper.learning_rate);
  CHECK(parameters.text("schedule") == "constant");
  CHECK((paper.schedule == detectors::Schedule::constant));
  CHECK(parameters.number("weight_decay") == paper.adam.weight_decay);
  CHECK(parameters.number("bona_fide_weight") == paper.class_weights.bona_fide);
  CHECK(parameters.number("spoof_weight") == paper.class_weights.spoof);
  CHECK(parameters.integer("rawboost") == detectors::paper_rawboost);
  CHECK(parameters.boolean("augment_validation") == paper.augment_validation);
}
