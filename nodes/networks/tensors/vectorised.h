// For loops that the compiler vectorises: each is built for AVX2 too, and the loader picks the one that this machine
// can run.
#pragma once

// Sanitizers cannot start before the loader does.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define CFO_WITH_AVX2 __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CFO_WITH_AVX2
#endif
