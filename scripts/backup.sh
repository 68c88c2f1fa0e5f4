#!/usr/bin/env bash
# Backs an environment's hosts up to a folder of this machine. Older backups stay.
#   scripts/backup.sh ENVIRONMENT FOLDER [ARGUMENT…]      scripts/backup.sh production /srv/backups
set -euo pipefail
folder=$(realpath -m -- "${2:-/}")
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/lib-hosts.sh
. scripts/lib-hosts.sh

environment "${1:-}"
[ "$folder" != / ] || die "usage: scripts/backup.sh ENVIRONMENT FOLDER [ARGUMENT…]"
playbook "$1" backup -e "backup_destination=$folder" "${@:3}"
