#include "base/process/heap.h"

#include <malloc.h>

namespace cfo::process {

void share_one_heap() {
#ifdef M_ARENA_MAX
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

}  // namespace cfo::process
