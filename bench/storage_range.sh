#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# storage_range.sh: what ten seconds of a large file in a store cost, in bytes and in memory.
set -euo pipefail
cd "$(dirname "$0")/.."
exec /usr/bin/python3 bench/storage_range.py "${BUILD:-build}" assets
