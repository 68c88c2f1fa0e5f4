#!/usr/bin/env bash
# Shows what would change on an environment's hosts; with --apply, changes it.
#   scripts/hosts.sh ENVIRONMENT [--apply] [ARGUMENT…]      scripts/hosts.sh staging --limit web-1
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/lib-hosts.sh
. scripts/lib-hosts.sh

environment "${1:-}"
name=$1
shift
if [ "${1:-}" = --apply ]; then
  shift
  playbook "$name" site "$@"
else
  playbook "$name" site --check --diff "$@"
  say "nothing was changed; scripts/hosts.sh $name --apply changes it"
fi
