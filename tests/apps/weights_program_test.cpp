// cfo-weights with a folder of cards whose addresses are a local server's, and small weights: AASIST-L with made-up
// numbers, 85,306 parameters.
#include <ATen/ATen.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "base/digest.h"
#include "nodes/networks/detectors/make/make_detector.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/support/checkpoint_fixtures.h"
#include "tests/support/http_server.h"
#include "tests/support/programs.h"

namespace {

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;
using nlohmann::json;

/// A checkpoint of AASIST-L.
std::string weights(uint64_t seed) {
  const TemporaryFolder folder;
  const auto detector = detectors::make_detector("aasist_l");
  detector->initialise(seed);
  storage::write_safetensors(folder / "x", detector->state());
  return bytes_of(folder / "x");
}

/// A machine with cards of its own and no weights yet.
class Machine {
 public:
  explicit Machine(const std::string& origin) : origin_(origin) {
    // One codec card, for the catalogue to have one; its file has no address at all.
    write_file(folder_ / "codecs/mine.yaml",
               "name: mine\nfamily: encodec\ntitle: Mine\nbackend: native\nquantizer: MVQ\nauxiliary: None\n"
               "decoder: Time\nsample_rate: 24000\nhop: 320\nframe_rate: 75\ncodebooks: 8\ncodebook_size: 1024\n"
               "bitrate_kbps: 6\nlicense: MIT\nsource: https://example.org/mine\n"
               "weights:\n  - {file: mine.th, folder: mine, container: torch}\n");
  }

  /// A card for a file of AASIST-L; `more` are further keys of the file.
  void card(const std::string& name, const std::string& more = "", bool with_url = true) const {
    const std::string url = with_url ? fmt::format("    url: {}/{}.pth\n", origin_, name) : "";
    write_file(folder_ / "models" / (name + ".yaml"),
               fmt::format("name: {0}\ntitle: Small\nrole: countermeasure\nnetwork: aasist_l\nlicense: MIT, for tests\n"
                           "source: https://example.org/{0}\nweights:\n  - file: {0}.pth\n    folder: {0}\n"
                           "    container: torch\n{1}{2}",
                           name, url, more));
  }

  Outcome run(const std::string& arguments, std::map<std::string, std::string> more = {}) const {
    more.insert({{"CFO_CODECS", (folder_ / "codecs").string()},
                 {"CFO_MODELS", (folder_ / "models").string()},
                 {"CFO_WEIGHTS", (folder_ / "weights").string()},
                 {"http_proxy", ""}});
    return run_in(folder_, "cfo-weights " + arguments, more);
  }

  /// The file of a model, as `list --json` has it.
  json listed(const std::string& name) const {
    return json::parse(run("list --json " + name).out).at(0).at("files").at(0);
  }
  std::string state(const std::string& name) const { return listed(name).at("state"); }
  json lock() const { return json::parse(bytes_of(folder_ / "weights/weights.lock")).at("files"); }
  fs::path file(const std::string& name) const { return folder_ / "weights" / name / (name + ".pth"); }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  std::string origin_;
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("cfo-weights describes itself, and mistakes are one line") {
  check_describes_itself(TemporaryFolder(), "cfo-weights");
  const TemporaryFolder folder;
  const std::map<std::string, std::string> here{{"CFO_WEIGHTS", (folder / "w").string()}};
  check_refused(run_in(folder, "cfo-weights fetch", here), "name the models to fetch");
  check_refused(run_in(folder, "cfo-weights fetch Encodec_6b24", here), "did you mean 'Encodec_6b24k'?");
  check_refused(run_in(folder, "cfo-weights fetch --jobs 0 snac_24khz", here), "--jobs");
  check_refused(run_in(folder, "cfo-weights fetsh", here), "unknown command 'fetsh'; did you mean 'fetch'?");
}

TEST_CASE("the shipped cards: 31 codecs, XLS-R, three countermeasures and UTMOS, each with an address") {
  const TemporaryFolder folder;
  const auto list = run_in(folder, "cfo-weights list --json", {{"CFO_WEIGHTS", (folder / "w").string()}});
  REQUIRE(list.code == 0);
  const auto models = json::parse(list.out);
  CHECK(models.size() == 31 + 5);
  for (const auto& model : models) {
    CAPTURE(model.at("name").get<std::string>());
    CHECK_FALSE(model.at("license").get<std::string>().empty());
    REQUIRE_FALSE(model.at("files").empty());
    for (const auto& file : model.at("files")) {
      const std::string url = file.at("url"), page = file.at("page");
      CHECK(file.at("state") == "missing");
      CHECK(url.empty() != page.empty());
      CHECK((url.starts_with("https://") || page.starts_with("https://")));
      CHECK(url.find("drive.google.com") == std::string::npos);
    }
  }
  const auto table = run_in(folder, "cfo-weights list", {{"CFO_WEIGHTS", (folder / "w").string()}});
  CHECK(has(table.out, "44 files in "));  // shared ones once
  CHECK(has(table.out, "44 missing"));
}

TEST_CASE("fetch brings files, records them, and does nothing the second time") {
  const std::string one = weights(1), two = weights(2);
  const WebServer server([&](const WebRequest& request) -> WebAnswer {
    return file_answer(request, request.path == "/one.pth" ? one : two, "\"" + request.path + "\"");
  });
  const Machine machine(server.origin());
  machine.card("one");
  machine.card("two", "    sha256: " + digest_of(two) + "\n");
  CHECK(machine.state("one") == "missing");
  const auto first = machine.run("fetch one two", {{"HF_TOKEN", "secret"}});
  REQUIRE_MESSAGE(first.code == 0, first.err);
  CHECK(has(first.err, "[2/2] "));
  CHECK(has(first.err, "2 of 2 files are in "));
  CHECK(bytes_of(machine.file("one")) == one);
  CHECK(bytes_of(machine.file("two")) == two);
  CHECK(machine.lock().at("one/one.pth").at("sha256") == digest_of(one));
  CHECK(machine.lock().at("one/one.pth").at("size") == one.size());
  CHECK(machine.lock().at("one/one.pth").at("url") == server.url("/one.pth"));
  CHECK(machine.state("one") == "present");
  CHECK(machine.listed("one").at("sha256") == digest_of(one));
  for (const auto& request : server.requests()) CHECK(request.header("authorization").empty());
  const auto requests = server.requests().size();
  const auto all = machine.run("fetch --all --quiet");
  CHECK(all.code == 0);
  CHECK(all.err.empty());
  CHECK(has(machine.run("fetch one two").err, "2 were there"));
  CHECK(server.requests().size() == requests);
  const auto verified = machine.run("verify one two");
  CHECK_MESSAGE(verified.code == 0, verified.out);
  CHECK(has(verified.out, "fits, "));
}

TEST_CASE("one failure does not keep the others from coming, and each is told") {
  const std::string good = weights(1);
  const WebServer server([&](const WebRequest& request) -> WebAnswer {
    if (request.path == "/gone.pth") return {.status = 404, .body = "no"};
    if (request.path == "/page.pth")
      return {.headers = {{"Content-Type", "text/html"}}, .body = "<!DOCTYPE html><html>Virus scan warning</html>"};
    if (request.path == "/noise.pth") return file_answer(request, std::string(5000, 'x'), "\"n\"");
    if (request.path == "/short.pth") return file_answer(request, good.substr(0, 20'000), "\"s\"");
    return file_answer(request, good, "\"g\"");
  });
  const Machine machine(server.origin());
  for (const auto* const name : {"gone", "page", "noise", "short", "good"}) machine.card(name);
  machine.card("wrong", "    sha256: " + std::string(64, 'a') + "\n");
  machine.card("drive", "    page: https://drive.example.org/x\n", false);
  const auto outcome = machine.run("fetch gone page noise short wrong drive good");
  CHECK(outcome.code == 1);
  CHECK(bytes_of(machine.file("good")) == good);
  CHECK_MESSAGE(has(outcome.err, "gone/gone.pth: " + server.url("/gone.pth") + ": the server answers 404"),
                outcome.err);
  CHECK(has(outcome.err, "what came is not page.pth: "));
  CHECK(has(outcome.err, "is a web page, not a checkpoint"));
  CHECK(has(outcome.err, "what came is not noise.pth: "));
  CHECK(has(outcome.err, "what came is not short.pth: "));
  CHECK(has(outcome.err, "instead of " + std::string(64, 'a') + ", the published file's by the card of wrong"));
  CHECK(has(outcome.err,
            "get drive.pth from https://drive.example.org/x in a browser, then run 'cfo-weights add "
            "drive drive.pth'"));
  CHECK(has(outcome.err, "1 of 7 files are in "));
  for (const auto* const name : {"gone", "page", "noise", "short", "wrong"}) {
    CAPTURE(name);
    CHECK_FALSE(fs::exists(machine.file(name)));
    CHECK_FALSE(fs::exists(machine.file(name).string() + ".partial"));
  }
}

TEST_CASE("another file under the recorded name is refused until it is asked for") {
  std::string published = weights(1);
  const std::string old_digest = digest_of(published);
  const WebServer server(
      [&](const WebRequest& request) { return file_answer(request, published, "\"" + digest_of(published) + "\""); });
  const Machine machine(server.origin());
  machine.card("one");
  REQUIRE(machine.run("fetch one").code == 0);
  published = weights(2);
  fs::remove(machine.file("one"));
  CHECK(machine.listed("one").at("sha256") == old_digest);
  const auto refused = machine.run("fetch one");
  CHECK(refused.code == 1);
  CHECK(has(refused.err, "has the SHA-256 " + digest_of(published) + " instead of " + old_digest +
                             ", which weights.lock has since "));
  CHECK(has(refused.err, "--update-lock"));
  CHECK_FALSE(fs::exists(machine.file("one")));
  REQUIRE(machine.run("fetch one --update-lock").code == 0);
  CHECK(machine.lock().at("one/one.pth").at("sha256") == digest_of(published));
  // A file that is changed here.
  write_file(machine.file("one"), weights(3));
  CHECK(machine.state("one") == "digest differs");
  const auto changed = machine.run("fetch one");
  CHECK(changed.code == 1);
  CHECK(has(changed.err, "--again fetches the recorded file"));
  CHECK(machine.run("verify one").code == 1);
  CHECK(machine.run("fetch one --again").code == 0);
  CHECK(bytes_of(machine.file("one")) == published);
  write_file(machine.folder() / "weights/weights.lock", "{");
  check_refused(machine.run("list one"), "is not a weights.lock that can be read");
}

// A shell lets its background jobs ignore Ctrl-C, so it is SIGTERM here.
TEST_CASE("a signal to stop ends with 130, and the same command goes on") {
  const std::string file = weights(1);
  std::atomic<bool> slow{true};
  const WebServer server([&](const WebRequest& request) {
    auto answer = file_answer(request, file, "\"one\"");
    if (slow) answer.pause = std::chrono::milliseconds(600);
    return answer;
  });
  const Machine machine(server.origin());
  machine.card("one");
  const auto variables = fmt::format("CFO_CODECS='{0}/codecs' CFO_MODELS='{0}/models' CFO_WEIGHTS='{0}/weights'",
                                     machine.folder().path().string());
  // Interrupted once the first bytes are on the disk, however slow this machine is.
  const int status = std::system(
      fmt::format(
          "{0} {1}/cfo-weights fetch one 2>{2}/err & fetching=$!; for wait in $(seq 600); do "
          "[ -n \"$(find {2}/weights -name '*one.pth*' ! -name '*.json' -size +0 2>/dev/null)\" ] && break; sleep 0.1; "
          "done; kill -TERM $fetching; wait $fetching",
          variables, CFO_BINARY_DIR, machine.folder().path().string())
          .c_str());
  CHECK(WEXITSTATUS(status) == 130);
  CHECK(has(bytes_of(machine.folder() / "err"), "interrupted; give the same command again to continue from here"));
  CHECK(machine.state("one") == "partial");
  slow = false;
  const auto again = machine.run("fetch one");
  REQUIRE_MESSAGE(again.code == 0, again.err);
  CHECK(has(again.err, "one/one.pth: goes on after "));
  CHECK(bytes_of(machine.file("one")) == file);
  CHECK(server.requests().back().header("range").starts_with("bytes="));
}

TEST_CASE("an archive is unpacked to the one file that is wanted") {
  const std::string file = weights(1);
  const auto archive = test::gzip_file(test::tar_file({{"./exp/config.yaml", "a: 1"}, {"./exp/inner.pth", file}}));
  const auto evil = test::gzip_file(test::tar_file({{"../../evil.pth", "evil"}, {"exp/inner.pth", file}}));
  const WebServer server([&](const WebRequest& request) {
    return file_answer(request, request.path == "/evil.pth" ? evil : archive, "\"" + request.path + "\"");
  });
  const Machine machine(server.origin());
  machine.card("packed", "    member: \"*.pth\"\n");
  machine.card("evil", "    member: inner.pth\n");
  machine.card("absent", "    member: other.pth\n");
  const auto outcome = machine.run("fetch --jobs 1 packed evil absent");
  CHECK(outcome.code == 1);
  CHECK(bytes_of(machine.file("packed")) == file);
  CHECK(machine.lock().at("packed/packed.pth").at("sha256") == digest_of(file));
  CHECK_MESSAGE(has(outcome.err, "leads out of the archive"), outcome.err);
  CHECK(has(outcome.err, "has no member 'other.pth'; it holds 'exp/config.yaml', 'exp/inner.pth'"));
  CHECK_FALSE(fs::exists(machine.file("evil")));
  CHECK_FALSE(fs::exists(machine.folder() / "evil.pth"));
  CHECK_FALSE(fs::exists(machine.folder() / "weights/.archives"));
}

TEST_CASE("add checks a file, files it and records it") {
  const WebServer server([](const WebRequest&) -> WebAnswer { return {.status = 404}; });
  const Machine machine(server.origin());
  machine.card("drive", "    page: https://drive.example.org/x\n    member: \"*.pth\"\n", false);
  const std::string file = weights(1);
  const auto& folder = machine.folder();
  write_file(folder / "given/any name.bin", file);
  check_refused(machine.run("add drive nowhere.pth"), "nowhere.pth: there is no such file");
  write_file(folder / "given/page.html", "<html>log in</html>");
  check_refused(machine.run("add drive given/page.html"), "is a web page, not a checkpoint");
  auto other = detectors::make_detector("aasist_l")->state();
  other.erase("out_layer.weight");
  storage::write_safetensors(folder / "given/other.pth", other);
  check_refused(machine.run("add drive given/other.pth"), "out_layer.weight");
  CHECK_FALSE(fs::exists(machine.file("drive")));
  CHECK_FALSE(fs::exists(machine.file("drive").string() + ".partial"));
  const auto added = machine.run("add drive 'given/any name.bin'");
  REQUIRE_MESSAGE(added.code == 0, added.err);
  CHECK(has(added.out, "drive is complete and fits its network"));
  CHECK(bytes_of(machine.file("drive")) == file);
  CHECK(bytes_of(folder / "given/any name.bin") == file);
  CHECK(machine.lock().at("drive/drive.pth").at("obtained") == "added");
  CHECK(machine.state("drive") == "present");
  write_file(folder / "given/new.pth", weights(2));
  check_refused(machine.run("add drive given/new.pth"), "--update-lock");
  const auto packed = test::tar_file({{"readme", "hello"}, {"deep/inner.pth", weights(2)}});
  write_file(folder / "given/new.tar", packed);
  CHECK(machine.run("add drive given/new.tar --update-lock").code == 0);
  CHECK(bytes_of(machine.file("drive")) == weights(2));
}

TEST_CASE("verify tells what does not fit, what is missing and what is put there by hand") {
  const WebServer server([](const WebRequest&) -> WebAnswer { return {.status = 404}; });
  const Machine machine(server.origin());
  for (const auto* const name : {"good", "lacks", "cut", "none"}) machine.card(name);
  write_file(machine.file("good"), weights(1));
  auto tensors = detectors::make_detector("aasist_l")->state();
  tensors.erase("out_layer.weight");
  fs::create_directories(machine.file("lacks").parent_path());
  storage::write_safetensors(machine.file("lacks"), tensors);
  write_file(machine.file("cut"), weights(1).substr(0, 5000));
  CHECK(machine.state("good") == "unrecorded");
  CHECK(machine.state("cut") == "unreadable");
  const auto all = machine.run("verify --json");
  CHECK(all.code == 1);
  std::map<std::string, json> verdicts;
  for (const auto& verdict : json::parse(all.out)) verdicts[verdict.at("name")] = verdict;
  CHECK(verdicts.at("good").at("state") == "fits");
  CHECK(verdicts.at("lacks").at("state") == "does not fit");
  CHECK(has(verdicts.at("lacks").at("problem"), "out_layer.weight"));
  CHECK(verdicts.at("cut").at("state") == "unreadable");
  CHECK(verdicts.at("none").at("state") == "missing");
  CHECK(machine.run("verify good").code == 0);
  const auto none = machine.run("verify none");
  CHECK(none.code == 1);
  CHECK(has(none.out, "run 'cfo-weights fetch none'"));
}

TEST_CASE("a mirror of the hub stands in for it, and gets no token") {
  const std::string file = weights(1);
  const WebServer mirror([&](const WebRequest& request) { return file_answer(request, file, "\"one\""); });
  const Machine machine("https://huggingface.co/someone/model/resolve/main");
  machine.card("one");
  const auto outcome = machine.run("fetch one", {{"HF_ENDPOINT", mirror.origin() + "/"}, {"HF_TOKEN", "secret"}});
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  CHECK(mirror.requests().front().path == "/someone/model/resolve/main/one.pth");
  CHECK(mirror.requests().front().header("authorization").empty());
  CHECK(bytes_of(machine.file("one")) == file);
}

TEST_CASE("two programs at once fetch a file once, and leave one lock") {
  const std::string file = weights(1);
  const WebServer server([&](const WebRequest& request) {
    auto answer = file_answer(request, file, "\"one\"");
    answer.pause = std::chrono::milliseconds(150);
    return answer;
  });
  const Machine machine(server.origin());
  machine.card("one");
  const auto line = fmt::format(
      "CFO_CODECS='{0}/codecs' CFO_MODELS='{0}/models' CFO_WEIGHTS='{0}/weights' {1}/cfo-weights fetch one 2>{0}/{2}",
      machine.folder().path().string(), CFO_BINARY_DIR, "err");
  int codes[2] = {-1, -1};
  {
    std::jthread first([&] { codes[0] = std::system((line + "1").c_str()); });
    std::jthread second([&] { codes[1] = std::system((line + "2").c_str()); });
  }
  CHECK(codes[0] == 0);
  CHECK(codes[1] == 0);
  CHECK(server.requests().size() == 1);
  CHECK(has(bytes_of(machine.folder() / "err1") + bytes_of(machine.folder() / "err2"), "waiting for it"));
  CHECK(bytes_of(machine.file("one")) == file);
  CHECK(machine.lock().size() == 1);
}
