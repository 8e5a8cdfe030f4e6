#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# accuracy.sh: how honest the bar is on the corpus, beside the other bars (docs/accuracy-method.md).
#
# Usage: [BUILD=DIR] accuracy.sh [--write]
# Judges the recorded jobs of bench/traces and jobs from bench/generate_traces.c. Prints the tables; with
# --write (make accuracy) makes docs/accuracy.md and its plots of them.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${BUILD:-build}
seed=7 jobs=560
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$build/bench/generate_traces" "$seed" "$jobs" >"$folder/made.ndjson"
judge() { # NAME LEVELS TRACES
    "$build/src/headway" score --learn "$2" --json="$folder/$1.json" "$3" >"$folder/$1.md"
}
judge alone 0,5,100 bench/traces/alone.ndjson
judge shared 0,5,60 bench/traces/shared.ndjson
judge made 0,5,100 "$folder/made.ndjson"
if [ "${1:-}" = --write ]; then
    python3 bench/accuracy.py "$folder" docs "generate_traces $seed $jobs"
else
    cat "$folder"/{alone,shared,made}.md
fi
