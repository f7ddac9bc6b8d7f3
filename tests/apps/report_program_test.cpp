// cfo-report as users meet it.
#include "tests/support/made_run.h"
#include "tests/support/programs.h"

namespace {

using namespace cfo;
using namespace cfo::test;
namespace fs = std::filesystem;

}  // namespace

TEST_CASE("cfo-report describes itself") { check_describes_itself(TemporaryFolder(), "cfo-report"); }

TEST_CASE("cfo-report refuses what it cannot do in one line") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  fs::create_directories(folder / "empty");
  write_file(folder / "precious/thesis.txt", "years of work");
  check_refused(run_in(folder, "cfo-report"), "RUN");
  check_refused(run_in(folder, "cfo-report run --outptu x"), "did you mean '--output'?");
  check_refused(run_in(folder, "cfo-report nowhere"), "nowhere: no such run folder");
  check_refused(run_in(folder, "cfo-report empty"), "is no run folder");
  check_refused(run_in(folder, "cfo-report run --output precious"), "holds something that is no report");
  CHECK(fs::exists(folder / "precious/thesis.txt"));
}

TEST_CASE("cfo-report writes a page that names the run's codecs, and again over the old one") {
  const TemporaryFolder folder;
  make_run(folder / "run");
  const Outcome outcome = run_in(folder, "cfo-report run");
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  const fs::path page = folder / "run/report/index.html";
  CHECK(has(outcome.out, page.string()));
  CHECK(has(bytes_of(page), "mdct_vq"));
  write_file(folder / "run/report/old.svg", "left over");
  CHECK(run_in(folder, "cfo-report run --output run/report/").code == 0);
  CHECK(fs::exists(page));
  CHECK_FALSE(fs::exists(folder / "run/report/old.svg"));
  CHECK_FALSE(fs::exists(folder / "run/report.partial"));
}
