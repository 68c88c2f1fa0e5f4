#!/usr/bin/env bash
# Applies a bundle: exactly the plan that was approved. Everything is verified by `ballast tf apply`, before and after.
#   scripts/apply.sh BUNDLE [ARGUMENT…]      scripts/apply.sh build/plans/production-aws-platform.bundle
set -euo pipefail
bundle=$(realpath -- "${1:-/}")
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/lib-hosts.sh
. scripts/lib-hosts.sh

# A folder would be planned and applied at once, by nobody's approval.
[ -f "$bundle" ] || die "usage: scripts/apply.sh BUNDLE [ARGUMENT…]; scripts/plan.sh writes one"
shift
ballast tf apply "$bundle" "$@"
