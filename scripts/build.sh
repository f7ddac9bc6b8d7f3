#!/usr/bin/env bash
# Configures (once) and builds the optimised programs and tests into build/release.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ! -f build/release/build.ninja ]]; then
  cmake --preset release
fi
cmake --build --preset release
