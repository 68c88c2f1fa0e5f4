#!/usr/bin/env bash
# Builds pinned third-party binaries from tools/toolchain/<tool>/go.mod into .ballast/toolchain/<tool>-<hash>/.
#   scripts/toolchain.sh prometheus alertmanager
# A tool whose go.mod, go.sum and build settings have not changed is not built again.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/lib-go.sh
. scripts/lib-go.sh

build() {
  local tool=$1 src=tools/toolchain/$1 out part TAGS="" LDFLAGS="" TOOLCHAIN="" RENAME="" SECONDS_COLD=60
  [ -f "$src/go.mod" ] || die "no such tool: $tool (see tools/toolchain)"
  out=.ballast/toolchain/$tool-$(cat "$src/go.mod" "$src/go.sum" "$src/build.env" | sha256)
  [ ! -d "$out" ] || return 0
  # shellcheck source=/dev/null
  . "$src/build.env"
  export GOTOOLCHAIN="${TOOLCHAIN:-${GOTOOLCHAIN:-}}"
  [ -n "$GOTOOLCHAIN" ] || unset GOTOOLCHAIN
  need_go "$tool" "$src"
  need_disk 3 "building $tool"
  say "toolchain: building $tool (once, about $SECONDS_COLD s on two idle cores)"
  part=$PWD/$out.part
  mkdir -p "$part"
  (cd "$src" && CGO_ENABLED=0 go build -v -mod=readonly -trimpath -tags "$TAGS" -ldflags "-s -w $LDFLAGS" -o "$part/" tool 2>&1) |
    go_progress "$tool" || die "$tool could not be built; the lines above are Go's own (behind a proxy: GOPROXY, HTTPS_PROXY)"
  [ -z "$RENAME" ] || mv "$part/${RENAME%%:*}" "$part/${RENAME##*:}"
  mv "$part" "$out"
  say "toolchain: $tool ready"
}

mkdir -p .ballast/toolchain
exec 9> .ballast/toolchain/.lock
flock 9
for tool in "$@"; do (build "$tool"); done
