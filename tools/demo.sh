#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# demo.sh: from a fresh checkout to a film: installs, builds, fetches, and runs the main job.
#
# Usage: demo.sh BUILD_DIR
set -euo pipefail
cd "$(dirname "$0")/.."

film=out/cockatoo-follow.mp4
tools/setup.sh build assets
tools/fetch_assets.sh
tools/build.sh "$1" plain
mkdir -p out
"$1/src/headway" run framing_ai --spec examples/framing_ai.json
echo
echo "The film is $film (from assets/clips/cockatoo.mp4, as examples/framing_ai.json asks)."
