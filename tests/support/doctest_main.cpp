// main() of the test programs. A test that proves nothing does not pass: a case that asserts nothing fails unless it
// says why (skip), and so does a run of which a --source-file or --test-case pattern matches nothing.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <fnmatch.h>

#include <cstdio>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/skip.h"

namespace {

/// What happened, beside what doctest counts itself.
struct Tally {
  std::string skipped;  ///< why the running case is left out; "" when it is not
  int cases = 0, skipped_cases = 0, without_assertion = 0;
  std::vector<std::string> files;  ///< of the cases that ran
} tally;

class Witness : public doctest::IReporter {
 public:
  explicit Witness(const doctest::ContextOptions&) {}

  void test_case_start(const doctest::TestCaseData& in) override {
    running_ = &in;
    tally.skipped.clear();
    tally.files.emplace_back(in.m_file.c_str());
    ++tally.cases;
  }
  void test_case_end(const doctest::CurrentTestCaseStats& in) override {
    if (!tally.skipped.empty()) {
      ++tally.skipped_cases;
      std::printf("SKIPPED: %s: %s: %s\n", running_->m_file.c_str(), running_->m_name, tally.skipped.c_str());
    } else if (in.numAssertsCurrentTest == 0) {
      ++tally.without_assertion;
      std::printf("%s: %s: ERROR: this case asserted nothing; let it check something, or call skip() with a reason\n",
                  running_->m_file.c_str(), running_->m_name);
    }
    std::fflush(stdout);
  }

  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  const doctest::TestCaseData* running_ = nullptr;
};

REGISTER_LISTENER("witness", 1, Witness);

/// The --source-file patterns of the command line that no case's file matches.
std::vector<std::string> unmatched_patterns(int argc, char** argv) {
  std::vector<std::string> unmatched;
  for (int i = 1; i < argc; ++i) {
    for (const char* option : {"--source-file=", "-sf=", "--dt-source-file=", "-dt-sf="}) {
      if (std::strncmp(argv[i], option, std::strlen(option)) != 0) continue;
      std::istringstream patterns(argv[i] + std::strlen(option));
      for (std::string pattern; std::getline(patterns, pattern, ',');) {
        bool found = false;
        for (const auto& file : tally.files)
          found = found || ::fnmatch(pattern.c_str(), file.c_str(), FNM_CASEFOLD | FNM_NOESCAPE) == 0;
        if (!found) unmatched.push_back(pattern);
      }
    }
  }
  return unmatched;
}

}  // namespace

void cfo::test::skip(const std::string& reason) { tally.skipped = reason; }

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  const int result = context.run();
  if (result != 0 || tally.without_assertion > 0) return 1;
  bool asks = false;  // --help, --list-test-cases and the like run nothing
  for (int i = 1; i < argc; ++i)
    for (const char* query : {"-h", "-?", "--help", "-v", "--version", "-c", "--count", "-l", "-lt", "--list"})
      asks = asks || std::strncmp(argv[i], query, std::strlen(query)) == 0;
  if (asks && tally.cases == 0) return 0;
  const auto unmatched = unmatched_patterns(argc, argv);
  for (const auto& pattern : unmatched)
    std::printf("ERROR: no test case is in a file that matches '%s'\n", pattern.c_str());
  if (tally.cases == 0) std::printf("ERROR: no test case was run\n");
  if (!unmatched.empty() || tally.cases == 0) return 1;
  return tally.skipped_cases == tally.cases ? cfo::test::skipped_exit_code : 0;
}
