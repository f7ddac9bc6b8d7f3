// Why something failed, in a sentence for failures.tsv.
#pragma once

#include <exception>
#include <string>

namespace cfo::engine {

struct Reason {
  std::string text;             ///< one line
  bool of_the_machine = false;  ///< it may have gone the next time (MachineFault, memory)
  bool of_memory = false;
};

/// Of an exception; libraries' traces are left out, and what they say of memory is said as a sentence.
Reason reason_of(const std::exception& error);

}  // namespace cfo::engine
