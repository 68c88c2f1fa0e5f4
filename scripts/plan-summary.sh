#!/usr/bin/env bash
# Plans a root and writes what a reviewer reads: FOLDER/summary.md, and FOLDER/summary.json for programs. The plan itself, which may
# hold secrets, is not kept. Exits as the worst of its steps: 1 a broken policy, a refusal or a budget exceeded, 2 no plan.
#   scripts/plan-summary.sh ROOT FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/lib-hosts.sh
. scripts/lib-hosts.sh

[ $# -eq 2 ] && [ -d "$1" ] || die "usage: scripts/plan-summary.sh ROOT FOLDER"
root=$1 folder=$2 plan=build/plan.json worst=0
[ "${BALLAST_TF_MODE:-}" != real ] || export TF_CLI_ARGS_init=-backend-config=backend.hcl
mkdir -p build "$folder"
trap 'rm -f "$plan"' EXIT
step() {
  local code=0
  "$@" || code=$?
  [ "$code" -le "$worst" ] || worst=$code
}
step ballast tf plan "$root" --output json > "$plan"
[ -s "$plan" ] || exit 2
step ballast tf summary "$plan" --root "$root" > "$folder/summary.md"
step ballast cost estimate "$root" --plan "$plan" --output markdown >> "$folder/summary.md"
step ballast tf summary "$plan" --root "$root" --no-policies --output json > "$folder/summary.json"
exit "$worst"
