// Memory that stays flat over a long run.
#pragma once

namespace cfo::process {

/// Makes all threads share one malloc arena (glibc). Otherwise every thread's arena grows to the most that it ever
/// held, and a run's memory creeps up to arenas x items in flight. Freed blocks stay in that heap: tensors of a hundred
/// MB come and go with every layer, and asking the system for zeroed pages each time costs more than the arithmetic of
/// some. Call first in main, before threads start.
void share_one_heap();

}  // namespace cfo::process
