#!/usr/bin/env bash
# Makes .ballast/checkov-venv from scripts/checkov.lock, hashes required: checkov's 90 packages stay apart from ours.
#   scripts/checkov.sh
# To take a newer checkov: echo checkov==VERSION | .ballast/uv/bin/uv pip compile --universal --generate-hashes --no-header \
#   --no-emit-index-url --python-version 3.12 - -o scripts/checkov.lock
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

venv=.ballast/checkov-venv
stamp="$(cat scripts/checkov.lock scripts/checkov.sh | sha256)-$PWD"
[ "$(cat $venv/.stamp 2>/dev/null)" != "$stamp" ] || exit 0
scripts/bootstrap.sh
python=$(find_python) || die "no Python 3.12 or newer was found: set PYTHON"
need_disk 1 "checkov"
say "checkov: → $venv (once, about 30 s)"
index=$(.ballast/uv/bin/python -m pip config get global.index-url 2>/dev/null || true)
export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$index}}"
[ -n "$UV_DEFAULT_INDEX" ] || unset UV_DEFAULT_INDEX
rm -rf $venv # machine-made and remade here
.ballast/uv/bin/uv venv -q --python "$python" $venv
.ballast/uv/bin/uv pip install -q --python $venv/bin/python --require-hashes -r scripts/checkov.lock ||
  die "checkov could not be installed: check the network or proxy (PIP_INDEX_URL, HTTPS_PROXY)"
echo "$stamp" > $venv/.stamp
say "checkov: ready"
