#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# build.sh: configures a build folder where that is needed, and compiles.
#
# Usage: build.sh DIR KIND
#   plain     the ordinary build: optimised, with debug information
#   asan      clang, AddressSanitizer and UndefinedBehaviorSanitizer: what its tests need
#   tsan      ThreadSanitizer: likewise
#   coverage  counts which lines run
# An interrupted configuration is begun again; an interrupted compilation goes on.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=$1
kind=$2
suites=() # all targets
case $kind in
plain) options=() ;;
asan)
    export CC=clang
    options=("-Db_sanitize=address,undefined" -Db_lundef=false -Dc_args=-fno-sanitize-recover=all
        -Dfuzz=true)
    suites=(unit fuzz)
    ;;
tsan)
    options=(-Db_sanitize=thread -Db_lundef=false)
    suites=(unit --no no-tsan)
    ;;
coverage) options=(-Db_coverage=true -Dbuildtype=debug) ;;
*)
    echo "build.sh: unknown kind '$kind'" >&2
    exit 64
    ;;
esac

if ! command -v meson >/dev/null || ! command -v ninja >/dev/null; then
    echo "build: meson and ninja are missing; \`make setup\` installs what is needed" >&2
    exit 69
fi
# A hundred test programs, three times: gold, which comes with Debian's binutils, links them three
# times as fast.
command -v ld.gold >/dev/null && export CC_LD=${CC_LD:-gold}
if [ ! -f "$dir/build.ninja" ]; then
    rm -rf "$dir"
    mkdir -p "$dir"
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    if ! meson setup "${options[@]}" "$dir" >"$log" 2>&1; then
        cat "$log" >&2
        rm -rf "$dir"
        exit 1
    fi
fi
targets=
if [ ${#suites[@]} -gt 0 ]; then
    ninja -C "$dir" build.ninja >/dev/null # what the targets are read from is of now
    targets=$(tools/suite_targets.py "$dir" "${suites[@]}")
fi
# shellcheck disable=SC2086 # paths of our own, without spaces
exec ninja -C "$dir" ${CI:+--quiet} $targets
