#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# accuracy.sh: how honest the bar is on the corpus, beside the other bars (docs/accuracy-method.md).
#
# Usage: [BUILD=DIR] accuracy.sh [--write]
# Judges the recorded jobs of bench/traces and jobs from bench/generate_traces.c, and of these also the best
# bar that there can be (bench/floor.c). Prints the tables; with --write (make accuracy) makes docs/accuracy.md
# and its plots of them.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${BUILD:-build}
seed=7 jobs=520
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$build/bench/generate_traces" "$seed" "$jobs" >"$folder/made.ndjson"
judge() { # NAME LEVELS TRACES…
    local name=$1 levels=$2
    shift 2
    "$build/src/headway" score --learn "$levels" --json="$folder/$name.json" "$@" >"$folder/$name.md"
}
# The older recordings only teach: the estimator was made looking at them.
first=$(grep -c '"submit"' bench/traces/quiet.ndjson)
judge folder 0,5,20,100 --first "$first" bench/traces/quiet.ndjson bench/traces/fresh.ndjson
first=$(grep -c '"submit"' bench/traces/stores.ndjson)
judge stores 0,5,20 --first "$first" bench/traces/stores.ndjson bench/traces/fresh-stores.ndjson
judge alone 0,5,20 bench/traces/alone.ndjson
judge shared 0,5,100 bench/traces/shared.ndjson bench/traces/calmer.ndjson
judge made 0,5,100 "$folder/made.ndjson"
"$build/bench/floor" "$seed" "$jobs" 100 >"$folder/floor.ndjson" # those before 100 only teach
judge published 0 bench/traces/published.ndjson
if [ "${1:-}" = --write ]; then
    python3 bench/accuracy.py "$folder" docs "generate_traces $seed $jobs"
else
    cat "$folder"/{folder,stores,alone,shared,made,published}.md
    python3 bench/floor.py "$folder/floor.ndjson" "$folder/made.json"
fi
