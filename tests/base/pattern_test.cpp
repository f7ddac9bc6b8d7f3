#include "base/pattern.h"

#include <doctest/doctest.h>

#include <string>

using cfo::matches;

TEST_CASE("a star stands for any text") {
  CHECK(matches("a.b", "a.b"));
  CHECK_FALSE(matches("a.b", "a.bc"));
  CHECK(matches("*", ""));
  CHECK(matches("*.bias", "x.y.bias"));
  CHECK_FALSE(matches("*.bias", "bias"));
  CHECK(matches("a*b*c", "a--b-b-c"));
  CHECK_FALSE(matches("a*b*c", "a--c-b-"));
  CHECK(matches("a**", "a"));
  CHECK_FALSE(matches("", "a"));
}

TEST_CASE("many stars cost no more than they have to") {
  const std::string text(20000, 'a');
  CHECK_FALSE(matches("*a*a*a*a*a*a*a*a*a*a*a*ab", text));
}
