// What every weight file has to be before it is filed, however it came.
#pragma once

#include <filesystem>
#include <string>

#include "nodes/weights/catalogue.h"
#include "nodes/weights/lock.h"

namespace cfo::weights {

/// Throws Error when the file is no checkpoint that is read here (a web page, a cut-off file, ...).
void require_opens(const std::filesystem::path& file, const codecs::WeightFile& card);

/// The digest that a file has to have, "" where none is known, and how a sentence about another one ends.
struct ExpectedDigest {
  std::string sha256;
  std::string advice;
};
/// The card's; where it names none, that of weights.lock, unless the lock is to be brought up to date (`update_lock`).
ExpectedDigest expected_digest(const PublishedFile& file, const WeightsLock& lock, bool update_lock);

/// Throws Error when `sha256`, of what came from `origin`, is not the expected one.
void require_digest(const std::string& origin, const std::string& sha256, const ExpectedDigest& expected);

}  // namespace cfo::weights
