// Hears of the operators that one thread runs.
#pragma once

#include <ATen/record_function.h>

namespace cfo::bench {

/// While it lives, the callback of this thread's operators finds `record` at current(): RecordFunction's callbacks are
/// plain functions.
template <typename Record>
class OperatorListener {
 public:
  OperatorListener(Record& record, at::RecordFunctionCallback callback)
      : handle_(at::addThreadLocalCallback(callback.needsInputs(true).scopes({at::RecordScope::FUNCTION}))) {
    current() = &record;
  }
  ~OperatorListener() {
    current() = nullptr;
    at::removeCallback(handle_);
  }
  OperatorListener(const OperatorListener&) = delete;
  OperatorListener& operator=(const OperatorListener&) = delete;

  /// Null where no listener lives on this thread.
  static Record*& current() {
    thread_local Record* record = nullptr;
    return record;
  }

 private:
  at::CallbackHandle handle_;
};

}  // namespace cfo::bench
