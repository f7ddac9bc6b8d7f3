// Numbers and names as the report writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cfo::report {

/// For HTML and SVG text and attributes: & < > " ' become entities, control characters are left out.
std::string escape(std::string_view text);

/// "1,682"
std::string grouped(uint64_t number);

/// "12.35" of 0.12345 with two decimals: a fraction as per cent without the sign.
std::string percent(double fraction, int decimals);

/// "0.8 s", "42 s", "4 min 32 s", "3 h 07 min", "2 d 04 h".
std::string duration(double seconds);

/// "0.82 h" or, below an hour, "4.9 min": an amount of speech.
std::string speech_amount(double seconds);

/// "2026-11-23 01:02 UTC" of "2026-11-23T01:02:03Z"; other texts as they are.
std::string minute_of(const std::string& utc);

/// The first 12 characters of a digest.
std::string short_digest(const std::string& digest);

/// A relative path as a link: what a URL cannot hold is percent-encoded.
std::string link_path(std::string_view path);

/// One CSV line (RFC 4180 quoting, line feed).
std::string csv_line(const std::vector<std::string>& fields);

/// A number for CSV: six significant digits, "" when it is not finite.
std::string csv_number(double value);

}  // namespace cfo::report
