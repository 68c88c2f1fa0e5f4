#!/usr/bin/env bash
# The freeze gate of every service: does any error budget hold this change? Exits 1 when one does, 2 when one cannot tell.
#   scripts/gate.sh feature|reliability|security REASON
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/lib-hosts.sh
. scripts/lib-hosts.sh

[ $# -eq 2 ] || die "usage: scripts/gate.sh feature|reliability|security REASON"
worst=0
for file in alerts/services/*.yaml; do
  code=0
  ballast budget gate --service "$(basename "$file" .yaml)" --change-type "$1" --reason "$2" || code=$?
  [ "$code" -le "$worst" ] || worst=$code
done
exit "$worst"
