#include "base/text.h"

#include <cstdlib>
#include <doctest/doctest.h>

using namespace cfo;

TEST_CASE("UTF-8 is told from what only looks like it") {
  for (const char* good : {"", "p225", "Jos\xC3\xA9", "\xE4\xB8\xAD", "\xF0\x9F\x8E\xA4"}) CHECK(is_utf8(good));
  for (const char* bad :
       {"Jos\xE9", "\xC3", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xE4\xB8"})
    CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("what is shown of other bytes can be read and stored") {
  CHECK(printable("Jos\xE9/a\tb\n") == "Jos\\xE9/a\\x09b\\x0A");
  CHECK(printable("Jos\xC3\xA9") == "Jos\xC3\xA9");
  CHECK(is_utf8(printable("\xFF\xFE\x80")));
}

TEST_CASE("letters are compared whatever form of Unicode they have") {
  CHECK(same_letters("Jos\xC3\xA9", "Jose\xCC\x81"));
  CHECK(same_letters("p225", "p225"));
  CHECK_FALSE(same_letters("Jos\xC3\xA9", "Jose"));
  CHECK_FALSE(same_letters("\xFF", "\xFF"));
}

TEST_CASE("a tilde is the home folder where a shell would say so") {
  ::setenv("HOME", "/home/me", 1);
  CHECK(with_home("~/vctk") == "/home/me/vctk");
  CHECK(with_home("~") == "/home/me");
  CHECK(with_home("~other/vctk") == "~other/vctk");
  CHECK(with_home("data/~x") == "data/~x");
}

TEST_CASE("numbers of things are English") {
  CHECK(counted(0, "file") == "no files");
  CHECK(counted(1, "file") == "1 file");
  CHECK(counted(2, "file") == "2 files");
  CHECK(counted(2, "entry", "entries") == "2 entries");
}
