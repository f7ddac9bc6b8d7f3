// Installed programs run from anywhere, without the source tree they were built from.
#include "tests/support/programs.h"

namespace {

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

/// A prefix that cmake --install filled, used from the folder / with an empty environment.
class Installed {
 public:
  Installed() {
    const auto log = (folder_ / "install.log").string();
    const std::string line =
        "cmake --install '" CFO_BINARY_DIR "/..' --prefix '" + prefix().string() + "' >'" + log + "' 2>&1";
    const int status = std::system(line.c_str());
    REQUIRE_MESSAGE(status == 0, bytes_of(log));
  }
  fs::path prefix() const { return folder_ / "prefix"; }
  Outcome run(const std::string& command) const {
    const auto out = (folder_ / "out").string(), err = (folder_ / "err").string();
    const std::string line = "cd / && env -i HOME='" + folder_.path().string() + "' PATH=/usr/bin:/bin '" +
                             prefix().string() + "/bin/'" + command + " >'" + out + "' 2>'" + err + "'";
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), bytes_of(out), bytes_of(err)};
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("installed programs bring what they need and use nothing of the source tree") {
  const Installed installed;
  const std::string graphs = (fs::canonical(installed.prefix()) / "share/cfo/graphs").string();

  const Outcome card = installed.run("cfo-inspect codec Encodec_6b24k");
  CHECK_MESSAGE(card.code == 0, card.err);
  CHECK_MESSAGE(has(card.out, graphs + "/codecs/Encodec_6b24k.yaml"), card.out);
  const Outcome codecs = installed.run("cfo-inspect codecs");
  CHECK(codecs.code == 0);
  CHECK(has(codecs.out, "mdct_rvq"));
  CHECK(installed.run("cfo-weights list").code == 0);

  for (const std::string graph : {"quickstart", "graphs/quickstart.yaml"}) {
    const Outcome plan = installed.run("cfo-run " + graph + " --dry-run");
    CHECK_MESSAGE(plan.code == 0, plan.err);
    CHECK_MESSAGE(has(plan.out, graphs + "/quickstart.yaml"), plan.out);
  }
  const Outcome unknown = installed.run("cfo-run quickstrat --dry-run");
  CHECK(unknown.code == 2);
  CHECK_MESSAGE(has(unknown.err, graphs + " are: full_omni, mini_study, quickstart; did you mean 'quickstart'?"),
                unknown.err);

  const std::string source_graphs = std::string(CFO_SOURCE_DIR) + "/graphs";
  for (const auto& program : fs::directory_iterator(installed.prefix() / "bin"))
    CHECK_MESSAGE(!has(bytes_of(program.path()), source_graphs), program.path().string());
  for (const char* file : {"share/doc/cfo/LICENSE", "share/doc/cfo/README.md", "share/cfo/graphs/speeds.yaml"})
    CHECK_MESSAGE(fs::exists(installed.prefix() / file), file);
  CHECK(has(installed.run("cfo-make-demo-corpus --help").out, "cfo-make-demo-corpus"));
}
