# shellcheck shell=bash
# What the scripts share: one clear sentence on failure, progress, hashes, and finding an interpreter.

say() { printf '%s\n' "ballast: $*" >&2; }
die() { say "$*"; exit 2; }
sha256() { sha256sum | cut -c1-16; }

# need_disk GIB WHAT: stop before a build that would fill the disk.
need_disk() {
  local free_kib
  free_kib=$(df -Pk . | awk 'NR == 2 { print $4 }')
  [ "$free_kib" -ge $(($1 * 1024 * 1024)) ] || die "$2 needs $1 GiB of free disk under $PWD; there are $((free_kib / 1024)) MiB"
}

# find_python: prints the first interpreter that is 3.12 or newer and runs (pyenv's shims exist but may not).
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.14 python3.13 python3.12 python3 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python /usr/local/bin/python3.1[2-9]; do
    [ -n "$candidate" ] || continue
    "$candidate" -c 'import sys; raise SystemExit(sys.version_info < (3, 12))' 2>/dev/null || continue
    "$candidate" -c 'import sys; print(sys.executable)'
    return 0
  done
  return 1
}
