// libtorch 1.13 has a std::vector of a class that is not complete yet; clang 14, in C++20, looks into the constexpr
// destructor that libstdc++ 12 gives it. Here <vector> comes first, without constexpr; the one function of it that
// <string> has declared with constexpr already (it fills a vector<bool>, which nothing here does) gets another name.
// The preset fuzz includes this before everything.
#pragma once
#ifdef __cplusplus
#include <string>

#pragma push_macro("_GLIBCXX20_CONSTEXPR")
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR
#define __fill_a1 __fill_a1_at_run_time
#include <vector>
#undef __fill_a1
#pragma pop_macro("_GLIBCXX20_CONSTEXPR")
#endif
