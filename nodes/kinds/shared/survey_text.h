// What a corpus holds, in words.
#pragma once

#include <string>

#include "storage/corpus/survey.h"

namespace cfo::kinds {

/// Several lines: counts, hours, rates, channels, formats, lengths, splits with their speakers, and what is left out.
/// `most`: of the things left out and of the speakers of a split, how many are named.
std::string survey_text(const storage::Survey& survey, std::size_t most = 20);

}  // namespace cfo::kinds
