#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# test.sh: installs what is missing, builds, runs the tests, ends with one line of figures.
#
# Usage: test.sh DIR [RUN…]   runs: plain asan tsan (all when none is named)
#   plain  everything, with the checks of the tree, in DIR
#   asan   the unit tests, the fuzz targets and the system tests marked `sanitize`
#   tsan   the unit tests, less those marked `no-tsan`
# A run that does not build counts as a failure and does not keep the others from running. The
# exit code is 1 when anything failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

dir=$1
shift
runs=("$@")
[ ${#runs[@]} -eq 0 ] && runs=(plain asan tsan)

export ASAN_OPTIONS="allocator_may_return_null=1:detect_stack_use_after_return=1:abort_on_error=0"
export UBSAN_OPTIONS="print_stacktrace=1"
export LSAN_OPTIONS="suppressions=$PWD/tools/lsan.supp:print_suppressions=0"
export TSAN_OPTIONS="allocator_may_return_null=1:halt_on_error=1:suppressions=$PWD/tools/tsan.supp:ignore_noninstrumented_modules=1"

# ThreadSanitizer cannot live with the address randomisation of newer kernels.
fixed_addresses=()
setarch "$(uname -m)" -R true 2>/dev/null && fixed_addresses=(setarch "$(uname -m)" -R)

# say_time NAME BEGIN: how long a step took, so that a slow one is seen.
say_time() {
    echo "== $1: $(($(date +%s) - $2)) s"
}

# run_tests DIR KIND MESON_TEST_ARGUMENTS…
run_tests() {
    local folder=$1 kind=$2 begin
    shift 2
    begin=$(date +%s)
    rm -f "$folder"/meson-logs/testlog*
    if ! tools/build.sh "$folder" "$kind" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        echo "== $kind: does not build" >&2
        return
    fi
    say_time "$kind build" "$begin"
    begin=$(date +%s)
    "${wrapper[@]}" meson test -C "$folder" --no-rebuild --print-errorlogs "$@" </dev/null |
        grep --line-buffered -v '^ninja:\|^$' || true
    say_time "$kind tests" "$begin"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM

if ! tools/setup.sh build assets test; then
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
tools/fetch_assets.sh --all || echo "== without assets: the tests that need them are skipped" >&2

folders=()
for run in "${runs[@]}"; do
    wrapper=()
    case $run in
    plain)
        folders+=("$dir")
        run_tests "$dir" plain
        ;;
    asan)
        folders+=(build-asan)
        run_tests build-asan asan --suite unit --suite fuzz --timeout-multiplier 4
        ;;
    tsan)
        folders+=(build-tsan)
        wrapper=("${fixed_addresses[@]}")
        run_tests build-tsan tsan --suite unit --no-suite no-tsan --timeout-multiplier 10
        ;;
    *)
        echo "test.sh: unknown run '$run'" >&2
        exit 64
        ;;
    esac
done
python3 tools/test_summary.py "${folders[@]}"
