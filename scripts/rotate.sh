#!/usr/bin/env bash
# Replaces certificates of an environment's hosts that end soon; with --now, all of them (a key may have been seen).
#   scripts/rotate.sh ENVIRONMENT [--now] [ARGUMENT…]      scripts/rotate.sh production --now --limit web-1
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/lib-hosts.sh
. scripts/lib-hosts.sh

environment "${1:-}"
[ -n "${VAULT_ADDR:-}${ANSIBLE_HASHI_VAULT_ADDR:-}" ] || die "set VAULT_ADDR and sign in (VAULT_TOKEN): Vault issues the certificates"
name=$1
shift
force=()
if [ "${1:-}" = --now ]; then
  shift
  force=(-e '{"tls_force": true}')
fi
playbook "$name" rotate-certificates "${force[@]}" "$@"
