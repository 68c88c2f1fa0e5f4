#!/usr/bin/env bash
# The end of a job that may have changed something: hands the audit log's head to its witnesses, as far as they are configured
# (BALLAST_AUDIT_BUCKET, BALLAST_AUDIT_GIT_REMOTE, BALLAST_AUDIT_DATABASE_URL), and proves the log. Exits 1 for a log that is broken, or
# that nobody signed (BALLAST_AUDIT_KEY_FILE), but on hermetic providers, which change nothing.
#   scripts/record.sh
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/lib-hosts.sh
. scripts/lib-hosts.sh

code=0
witnesses=${BALLAST_AUDIT_BUCKET:-}${BALLAST_AUDIT_GIT_REMOTE:-}${BALLAST_AUDIT_DATABASE_URL:-}
[ -z "$witnesses" ] || ballast audit push || code=$?
ballast audit verify || code=$?
[ "${BALLAST_TF_MODE:-}" != hermetic ] || code=0
exit "$code"
