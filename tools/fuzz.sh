#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# fuzz.sh: lets libFuzzer try each parser of outside text, from the committed corpus on.
#
# Usage: fuzz.sh SECONDS
# New inputs go to build-asan/corpus/, what breaks a parser to build-asan/crashes/.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-30}
tools/setup.sh build test
tools/build.sh build-asan asan
failed=0
tried=0
for target in build-asan/tests/fuzz/fuzz_*; do
    if [ ! -f "$target" ] || [ ! -x "$target" ]; then continue; fi
    "$target" -help=1 2>&1 | grep -q libFuzzer || continue # the replay programs
    name=$(basename "$target")
    name=${name#fuzz_}
    mkdir -p "build-asan/corpus/$name" build-asan/crashes
    echo "== $name: $seconds s"
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 \
        -verbosity=0 -artifact_prefix="build-asan/crashes/$name-" \
        "build-asan/corpus/$name" "tests/fuzz/corpus/$name" || failed=1
    tried=$((tried + 1))
done
echo "$tried fuzz targets tried for $seconds s each$([ "$failed" = 0 ] || echo ', with findings')"
[ "$tried" -gt 0 ] && exit "$failed"
exit 1
