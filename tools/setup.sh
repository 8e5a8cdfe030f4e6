#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# setup.sh: installs the Debian packages that are missing, and nothing when all are there.
#
# Usage: setup.sh [--check] [GROUP…]    groups: build assets test lint (all when none is named)
#   --check  only say what is missing; exit code 1 when something is
#
# Made for Debian 12. On a system without apt it names what is needed and leaves the rest to you.
set -euo pipefail

# group package  why
packages() {
    sed 's/#.*//' <<'LIST'
build gcc              # the compiler
build libc6-dev
build meson            # the build description
build ninja-build      # runs it
build pkg-config       # finds the libraries below
build python3          # checks and summaries in tools/
build libjansson-dev   # JSON in
build libavformat-dev  # containers
build libavcodec-dev   # codecs; brings x264 and AAC
build libavfilter-dev  # audio tempo, text
build libavutil-dev
build libswscale-dev   # pixel formats
build libswresample-dev # audio rates
build libpango1.0-dev # words of every script on pictures
build libcairo2-dev    # draws them
build fonts-dejavu-core       # Latin, Greek, Cyrillic, Hebrew, Arabic
build fonts-droid-fallback    # Chinese, Japanese and most else, in 4 MB
build fonts-noto-color-emoji  # emoji as people know them
build libwebsockets-dev # the server: HTTP/1.1, WebSocket, TLS
build libsystemd-dev   # says when it is ready; sockets from outside
build libinih-dev      # its configuration file
build libdnnl-dev      # runs the neural network
build libcurl4-openssl-dev # speaks to object stores
build libssl-dev       # its digests; libcurl brings the library
build libexpat1-dev    # reads their answers
build libsqlite3-dev   # the history of jobs
build libcmocka-dev    # unit tests, which are built with everything
test ffmpeg            # makes and probes films in the tests
test clang             # second compiler, AddressSanitizer, libFuzzer
test libclang-rt-dev   # its sanitizer run time
test llvm             # llvm-symbolizer: names in its reports
test binutils          # nm, objdump: what the libraries call
test openssl           # a certificate for the TLS test
test procps            # ps in tests of processes
test python3-swift     # OpenStack Swift: the S3 server of the storage tests
test nghttp2-proxy     # nghttpx: puts TLS and HTTP/2 before it
lint clang-format
lint clang-tidy
lint shellcheck
lint gcovr             # coverage reports
LIST
}

# Programs that are fetched only when nothing on the PATH answers to the name: many systems
# bring their own node.
programs() {
    echo "assets node nodejs" # npm runs on it; so does the reference of the upscaler's bench
    echo "assets npm npm"     # fetches the model weights
}

check_only=false
groups=" "
for argument in "$@"; do
    case $argument in
    --check) check_only=true ;;
    build | assets | test | lint) groups+="$argument " ;;
    *)
        sed -n '3,8s/^# \{0,1\}//p' "$0" >&2
        exit 64
        ;;
    esac
done
[ "$groups" = " " ] && groups=" build assets test lint "

wanted() {
    case $groups in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "setup: this system has no apt; please see to these (Debian's names):" >&2
    packages | while read -r group package; do wanted "$group" && echo "  $package"; done >&2
    exit 0
fi

missing=()
while read -r group package; do
    wanted "$group" && ! is_installed "$package" && missing+=("$package")
done < <(packages)
while read -r group program package; do
    wanted "$group" && ! command -v "$program" >/dev/null && missing+=("$package")
done < <(programs)

[ ${#missing[@]} -eq 0 ] && exit 0
if $check_only; then
    echo "setup: missing: ${missing[*]}"
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: not root and no sudo; as root, run: apt-get install ${missing[*]}" >&2
        exit 77
    fi
    as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install=("${as_root[@]}" apt-get install -y --no-install-recommends -o Dpkg::Use-Pty=0 -q)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The package lists of a fresh machine are empty or old: try with them, then with new ones.
if ! "${install[@]}" "${missing[@]}" >"$log" 2>&1; then
    "${as_root[@]}" apt-get update -q >"$log" 2>&1 || true
    if ! "${install[@]}" "${missing[@]}" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "setup: could not install: ${missing[*]} (apt's last words are above)" >&2
        exit 1
    fi
fi
