#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bench.sh: every measurement, one after the other, so that none disturbs another.
#
# Usage: bench.sh BUILD_DIR
# The programs that meson.build calls benchmarks come first, then the scripts bench/*.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh build assets test
tools/fetch_assets.sh --all
tools/build.sh "$1" plain
failed=0
meson test -C "$1" --no-rebuild --benchmark --num-processes 1 --verbose || failed=1
for script in bench/*.sh; do
    [ -f "$script" ] || continue
    echo "== $script"
    BUILD=$1 bash "$script" || failed=1
done
exit "$failed"
