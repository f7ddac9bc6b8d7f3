// Whether this account lets a program work: threads and address space.
#pragma once

namespace cfo::process {

/// Throws Error when `count` threads cannot be started at once (ulimit -u, a container's limit of processes). Some
/// libraries wait without end, or end the program, when a thread of theirs does not start.
void require_threads(int count);

}  // namespace cfo::process
