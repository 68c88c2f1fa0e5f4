#!/usr/bin/env bash
# Makes .ballast/ansible-venv: Ansible, its linter and the few collections that ansible/ uses, hashes required.
#   scripts/ansible.sh
# The collections are taken out of the `ansible` package, which holds a hundred more. To take newer ones: edit tools/ansible/*.in, then
#   .ballast/uv/bin/uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.12 \
#   tools/ansible/requirements.in -o tools/ansible/requirements.lock   (and collections.in, with --no-deps)
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

venv=.ballast/ansible-venv
stamp="$(cat tools/ansible/*.lock tools/ansible/unpack.py scripts/ansible.sh | sha256)-$PWD"
[ "$(cat $venv/.stamp 2>/dev/null)" != "$stamp" ] || exit 0
scripts/bootstrap.sh
python=$(find_python) || die "no Python 3.12 or newer was found: set PYTHON"
need_disk 1 "Ansible"
say "ansible: → $venv (once, about 20 s)"
index=$(.ballast/uv/bin/python -m pip config get global.index-url 2>/dev/null || true)
export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$index}}"
[ -n "$UV_DEFAULT_INDEX" ] || unset UV_DEFAULT_INDEX
rm -rf $venv # machine-made and remade here
.ballast/uv/bin/uv venv -q --python "$python" $venv
{
  .ballast/uv/bin/uv pip install -q --python $venv/bin/python --require-hashes -r tools/ansible/requirements.lock
  .ballast/uv/bin/python -m pip -q --disable-pip-version-check download --no-deps --require-hashes \
    -r tools/ansible/collections.lock -d $venv/download
} || die "Ansible could not be installed: check the network or proxy (PIP_INDEX_URL, HTTPS_PROXY)"
$venv/bin/python tools/ansible/unpack.py $venv/download/*.whl
rm -rf $venv/download
echo "$stamp" > $venv/.stamp
say "ansible: ready"
