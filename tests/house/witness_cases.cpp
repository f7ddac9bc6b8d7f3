// Cases for the tests of tests/support/doctest_main.cpp: each is asked for by name (tests/CMakeLists.txt).
#include <doctest/doctest.h>

#include "tests/support/skip.h"

TEST_CASE("asserting") { CHECK(true); }

TEST_CASE("failing") { CHECK(false); }

TEST_CASE("empty") {}

TEST_CASE("skipping") { cfo::test::skip("it is asked to"); }
