#!/usr/bin/env bash
# Has Git run .githooks/ before each commit. Leaves alone a repository that has hooks of its own, and CI.
#   scripts/hooks.sh
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

[ -z "${CI:-}" ] || exit 0
top=$(git rev-parse --show-toplevel 2>/dev/null || true)
[ "$top" = "$(pwd -P)" ] || { say "no Git repository begins here: the commit hooks were not installed"; exit 0; }
is=$(git config core.hooksPath || true)
case $is in
  .githooks) ;;
  "") git config core.hooksPath .githooks && say "commit hooks: installed (git config --unset core.hooksPath takes them away)" ;;
  *) say "core.hooksPath is $is: it was left, and the hooks in .githooks are not run" ;;
esac
