// The same work on many things by several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace cfo {

/// Threads that this machine runs at once, at least 1.
int core_count();

/// Calls `work` with each number below `count`, by up to `threads` threads, this one among them. `progress`, where
/// there is one, hears how many are done, one call at a time. What either throws stops the others at their next number,
/// and is thrown here.
void in_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                 const std::function<void(std::size_t done)>& progress = {});

}  // namespace cfo
