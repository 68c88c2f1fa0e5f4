#!/usr/bin/env bash
# Puts files of a backup back on one host, after asking for its name. What is there now is archived on it first.
#   scripts/restore.sh ENVIRONMENT HOST ARCHIVE [ARGUMENT…]      scripts/restore.sh staging web-1 /srv/backups/web-1/….tar.gz
set -euo pipefail
archive=$(realpath -- "${3:-/}")
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/lib-hosts.sh
. scripts/lib-hosts.sh

environment "${1:-}"
[ -f "$archive" ] || die "usage: scripts/restore.sh ENVIRONMENT HOST ARCHIVE [ARGUMENT…]; scripts/backup.sh makes archives"
[ -f "$archive.sha256" ] || die "$archive.sha256 is missing: nobody can tell whether the archive is whole"
printf 'This changes %s. Its name, to go on: ' "$2" >&2
read -r confirmed || true
[ "$confirmed" = "$2" ] || die "nothing was changed: '$confirmed' is not $2"
playbook "$1" restore --limit "$2" -e "restore_archive=$archive" -e "restore_confirm=$confirmed" "${@:4}"
