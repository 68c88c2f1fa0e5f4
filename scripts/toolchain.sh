#!/usr/bin/env bash
# Builds pinned third-party binaries from tools/toolchain/<tool>/go.mod into .ballast/toolchain/<tool>-<hash>/.
#   scripts/toolchain.sh prometheus alertmanager
# A tool whose go.mod, go.sum and build settings have not changed is not built again.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

build() {
  local tool=$1 src=tools/toolchain/$1 out part TAGS="" LDFLAGS="" SECONDS_COLD="60"
  [ -f "$src/go.mod" ] || die "no such tool: $tool (see tools/toolchain)"
  out=.ballast/toolchain/$tool-$(cat "$src/go.mod" "$src/go.sum" "$src/build.env" | sha256)
  [ ! -d "$out" ] || return 0
  # shellcheck source=/dev/null
  . "$src/build.env"
  command -v go >/dev/null || die "Go is missing and $tool is built from source: install Go 1.24 or newer"
  go -C "$src" version >/dev/null 2>&1 ||
    die "$tool needs $(awk '$1 == "go" { print "Go " $2 }' "$src/go.mod") and GOTOOLCHAIN=$(go env GOTOOLCHAIN) keeps $(go version | cut -d' ' -f3): install a newer Go, or set GOTOOLCHAIN=auto"
  need_disk 3 "building $tool"
  say "toolchain: building $tool (once, about $SECONDS_COLD s on two idle cores)"
  part=$PWD/$out.part
  mkdir -p "$part"
  (cd "$src" && CGO_ENABLED=0 go build -v -mod=readonly -trimpath -tags "$TAGS" -ldflags "-s -w $LDFLAGS" -o "$part/" tool 2>&1) |
    progress "$tool" || die "$tool could not be built; the lines above are Go's own (a proxy: GOPROXY, HTTPS_PROXY)"
  mv "$part" "$out"
  say "toolchain: $tool ready"
}

# Go prints a line a package: a counter on a terminal, silence in CI, everything that is not a package name always.
progress() {
  awk -v tool="$1" -v tty="$([ -t 2 ] && [ -z "${CI:-}" ] && echo 1)" '
    /^[a-z0-9.\/_~-]+$/i { n++; if (tty) printf "\r  %s: %d packages compiled", tool, n > "/dev/stderr"; next }
    { print > "/dev/stderr" } END { if (tty && n) print "" > "/dev/stderr" }'
}

mkdir -p .ballast/toolchain
exec 9> .ballast/toolchain/.lock
flock 9
for tool in "$@"; do build "$tool"; done
