#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# fanout.sh: viewers of many jobs, Headway beside node's ws doing the naive broadcast.
#
# Usage: fanout.sh [BUILD [SECONDS]]
# 1,000 viewers of 100 jobs that report ten times a second, without and with 50 that never read; the same
# for `ws` (npm, fetched into bench/ws); then 1,000 jobs at two reports a second and no viewer but one.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:-${BUILD:-build}}")
seconds=${2:-15}
folder=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT # workers end by themselves

start_headway() { # JOBS PERIOD_MS
    rm -rf "$folder/data" "$folder/url"
    FANOUT_PERIOD_MS=$2 "$build/src/headway" serve --listen 127.0.0.1:0 --data "$folder/data" --workers "$1" \
        --max-jobs-per-user 5000 --worker-program "$build/bench/fanout_worker" >"$folder/url" 2>"$folder/log" &
    server=$!
    until [ -s "$folder/url" ]; do sleep 0.05; done
    url=$(cat "$folder/url")
    for i in $(seq "$1"); do
        curl -s "$url/api/exports" -d "{\"type\":\"framing_ai\",\"input\":\"a.mp4\",\"output\":\"o$i.mp4\"}" |
            sed 's/.*"job":"\([^"]*\)".*/\1/'
    done >"$folder/jobs"
    until [ "$(curl -s "$url/metrics" | awk '$1 == "headway_jobs_running" {print $2}')" = "$1" ]; do sleep 0.2; done
}

stop_headway() {
    curl -s "$url/metrics" | grep -E '^headway_(loop_(late|work|waits)|viewer_skips)' | sed 's/^/    /'
    while read -r job; do curl -s -X DELETE "$url/api/exports/$job" >/dev/null; done <"$folder/jobs"
    until [ "$(curl -s "$url/metrics" | awk '$1 == "headway_jobs_running" {print $2}')" = 0 ]; do sleep 0.2; done
    kill "$server"
    wait "$server" || true
    server=
}

run() { # LABEL VIEWERS STALLED
    echo "$1: $("$build/bench/fanout" "${url##*:}" "$server" "$2" "$3" "$seconds" <"$folder/jobs")"
}

start_headway 100 100
run "headway" 1000 0
stop_headway
start_headway 100 100
run "headway" 1000 50
stop_headway
start_headway 1000 500
run "headway, 1000 jobs at 2 Hz" 1 0
stop_headway

(cd bench/ws && npm install --silent --no-audit --no-fund >/dev/null)
seq -f 'j%g' 100 >"$folder/jobs"
rm -f "$folder/url"
node bench/ws/naive.mjs 100 100 >"$folder/url" &
server=$!
until [ -s "$folder/url" ]; do sleep 0.05; done
url=$(cat "$folder/url")
run "node ws" 1000 0
run "node ws" 1000 50
