#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# gallery.sh: runs every example and puts frames of what it made into docs/gallery/.
#
# Usage: gallery.sh BUILD_DIR
# An output that is there already (in out/) is not made again.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p out docs/gallery

# made BUILD_DIR OUTPUT EXAMPLE: runs the example when its output is not there.
made() {
    [ -s "$2" ] || "$1/src/headway" run --spec "examples/$3.json" >/dev/null
}

# frames FILM WIDTH COLUMNS SECONDS… → docs/gallery/NAME.jpg: so many frames beside one another. The
# films are decoded from their beginning: nothing is lost by it, they are short.
frames() {
    local name=$1 film=$2 width=$3 columns=$4 wanted="" t
    shift 4
    for t in "$@"; do
        wanted="$wanted+between(t,$t,$t+0.049)"
    done
    ffmpeg -v error -y -i "$film" -vsync 0 -frames:v 1 -q:v 4 \
        -vf "select='${wanted#+}',scale=$width:-2,tile=${columns}x1" "docs/gallery/$name.jpg"
}

made "$1" out/cockatoo-follow.mp4 framing_ai
made "$1" out/multi_clip.mp4 multi_clip
made "$1" out/overlay.mp4 overlay
made "$1" out/annotate_compilation.mp4 annotate_compilation
made "$1" out/extract_clip.mp4 extract_clip
made "$1" out/detect_players.png detect_players

frames framing_ai out/cockatoo-follow.mp4 240 4 0.0 0.8 1.5 2.2
frames multi_clip out/multi_clip.mp4 240 4 0.5 1.75 2.5 3.9
frames overlay out/overlay.mp4 480 2 11.6 13.2
frames annotate_compilation out/annotate_compilation.mp4 480 2 0.5 4.0
frames extract_clip out/extract_clip.mp4 320 3 0.0 1.5 3.0
ffmpeg -v error -y -i out/detect_players.png -q:v 4 -vf scale=480:-2 docs/gallery/detect_players.jpg
echo "docs/gallery/ is made anew."
