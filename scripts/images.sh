#!/usr/bin/env bash
# Builds our images with docker, podman or buildah, whichever is there (or BUILDER names).
#   scripts/images.sh gateway|cli|all BASE@sha256:…
# BASE is an image with Python 3.12 or newer, by its digest (or BALLAST_IMAGE_BASE). Two builds of one commit on one base differ in
# nothing but what the builder stamps: times are the commit's (SOURCE_DATE_EPOCH).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

which=${1:-} base=${2:-${BALLAST_IMAGE_BASE:-}}
case "$which" in gateway | cli) names=("$which") ;; all) names=(gateway cli) ;; *) die "name an image: gateway, cli or all" ;; esac
case "$base" in *@sha256:*) ;; *) die "name the base with its digest: scripts/images.sh $which docker.io/library/python:3.13-slim@sha256:…" ;; esac
builder=${BUILDER:-}
for candidate in "docker info" "podman info" "buildah info"; do
  [ -n "$builder" ] || ! $candidate >/dev/null 2>&1 || builder=${candidate% *}
done
[ -n "$builder" ] || die "none of docker, podman and buildah works here: install one"
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 0)
export SOURCE_DATE_EPOCH
case "$(basename "$builder")" in
  docker) command=(build --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH") ;;
  *) command=(build --format docker --timestamp "$SOURCE_DATE_EPOCH") ;;
esac
read -ra options <<< "${BUILD_OPTIONS:-}"
for name in "${names[@]}"; do
  say "images: ballast-$name (with $builder)"
  "$builder" "${command[@]}" "${options[@]}" --build-arg "BASE=$base" --build-arg "REVISION=$revision" \
    -f "images/$name/Dockerfile" -t "ballast-$name:${TAG:-$revision}" .
done
