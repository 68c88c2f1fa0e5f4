#!/usr/bin/env bash
# Upgrades an environment's hosts in turn; stops at the first that fails, and where an SLO pages.
#   scripts/upgrade.sh ENVIRONMENT [ARGUMENT…]      scripts/upgrade.sh production --limit bastion
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/lib-hosts.sh
. scripts/lib-hosts.sh

environment "${1:-}"
playbook "$1" upgrade "${@:2}"
