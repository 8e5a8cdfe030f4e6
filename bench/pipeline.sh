#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# pipeline.sh: wall time of an export against its slowest stage alone; memory against length.
# Usage: pipeline.sh [time] [memory]     (both when none is named)
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ffmpeg -v error -y -stream_loop 2 -i assets/clips/cockatoo.mp4 -t 30.5 -c:v libx264 -preset veryfast \
    -crf 20 -pix_fmt yuv420p -c:a aac "$folder/clip.mp4"
export OMP_WAIT_POLICY=passive # as the program starts itself (src/main.c)
[ $# -gt 0 ] || set -- memory time
for what; do
    "${BUILD:-build}/bench/pipeline" "$what" "$folder/clip.mp4" assets/models "$folder/film.mp4"
done
