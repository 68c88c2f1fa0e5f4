#!/usr/bin/env bash
# Plans a root of an environment and writes the bundle that is approved and applied.
#   scripts/plan.sh ENVIRONMENT CLOUD ROOT [ARGUMENT…]      scripts/plan.sh production aws platform --change-type reliability
# The bundle is build/plans/ENVIRONMENT-CLOUD-ROOT.bundle: `ballast tf inspect` shows it, `ballast tf approve` signs it.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/lib-hosts.sh
. scripts/lib-hosts.sh

[ $# -ge 3 ] || die "usage: scripts/plan.sh ENVIRONMENT CLOUD ROOT [ARGUMENT…]"
environment "$1"
root=terraform/environments/$1/$2/$3
[ -d "$root" ] || die "no root $root; there are: $(cd "terraform/environments/$1" && echo */*/)"
bundle=build/plans/$1-$2-$3.bundle
shift 3
mkdir -p build/plans
ballast tf plan "$root" --bundle "$bundle" "$@"
say "next: ballast tf approve $bundle, then scripts/apply.sh $bundle"
