"""Takes the collections that ansible/ uses out of the wheel of `ansible` (50 MB packed, 500 MB in full) into this venv."""

from __future__ import annotations

import sys
import sysconfig
import zipfile

WANTED = (
    "amazon/aws",
    "ansible/posix",
    "community/general",
    "community/hashi_vault",
    "google/cloud",
)


def main(wheel: str) -> None:
    """Unpack into site-packages, where Ansible looks for `ansible_collections`; tests and documentation stay out."""
    folders = tuple(f"ansible_collections/{name}/" for name in WANTED)
    left_out = tuple(f"{folder}{part}/" for folder in folders for part in ("tests", "docs", "changelogs"))
    with zipfile.ZipFile(wheel) as packed:
        names = [name for name in packed.namelist() if name.startswith(folders) and not name.startswith(left_out)]
        packed.extractall(sysconfig.get_path("purelib"), names)


if __name__ == "__main__":
    main(sys.argv[1])
