#!/usr/bin/env bash
# Makes .ballast/venv from requirements.lock, hashes required. Does nothing when it is up to date.
#   scripts/bootstrap.sh
# Needs some Python >= 3.12 (PYTHON=… to choose one). Behind an index proxy, pip's own settings are used.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

venv=.ballast/venv
stamp="$({ cat requirements.lock scripts/uv.lock scripts/bootstrap.sh; sed "/^\[tool\./,\$d" pyproject.toml; } | sha256)-$PWD"
[ "$(cat $venv/.stamp 2>/dev/null)" != "$stamp" ] || exit 0

python=$(find_python) || die "no Python 3.12 or newer was found (tried PYTHON, python3.12–3.14, python3 and pyenv's versions): install python3.12 with its venv module"
need_disk 2 "the Python environment"
say "python: $("$python" -V 2>&1) → $venv (once, about 20 s)"
mkdir -p .ballast
rm -rf .ballast/uv $venv  # machine-made and remade below
"$python" -m venv .ballast/uv 2>/dev/null || die "$python cannot make a virtual environment: install its venv module (Debian: python3-venv)"
.ballast/uv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r scripts/uv.lock ||
  die "uv could not be installed from the package index: check the network or proxy (PIP_INDEX_URL, HTTPS_PROXY)"
# uv does not read pip's configuration: hand it the index that pip uses.
index=$(.ballast/uv/bin/python -m pip config get global.index-url 2>/dev/null || true)
export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$index}}"
[ -n "$UV_DEFAULT_INDEX" ] || unset UV_DEFAULT_INDEX
uv=.ballast/uv/bin/uv
$uv venv -q --python "$python" $venv
$uv pip install -q --compile-bytecode --python $venv/bin/python --require-hashes -r requirements.lock ||
  die "the packages in requirements.lock could not be installed: check the network or proxy, and that the lock is current (make lock)"
$uv pip install -q --python $venv/bin/python --no-deps --no-build-isolation -e . || die "ballast itself could not be installed into $venv"
echo "$stamp" > $venv/.stamp
say "python: ready"
