"""Top-level blocks of formatted Terraform files, as text: enough to compare two modules, and no parser."""

from __future__ import annotations

import re
from pathlib import Path

MODULES = Path(__file__).resolve().parents[3] / "terraform" / "modules"
ENVIRONMENTS = MODULES.parent / "environments"


def blocks(folder: Path, kind: str, pattern: str = "*.tf") -> dict[str, str]:
    """Bodies of all blocks of a kind by their first label; `terraform fmt` puts a block's last brace at the line's start."""
    text = "\n".join(path.read_text() for path in sorted(folder.glob(pattern)))
    return {m[1]: m[2] for m in re.finditer(rf'^{kind} "([\w-]+)"[^\n]*\{{\n(.*?)^\}}', text, re.DOTALL | re.MULTILINE)}


def shape_of_variable(body: str) -> dict[str, str]:
    """What a caller sees of a variable: its type, default and whether it may be null, without spacing and comments."""
    arguments = re.findall(r"^  (type|default|nullable)\s*=\s*(.*?)(?=^  \w|^\n|\Z)", body, re.DOTALL | re.MULTILINE)
    return {name: " ".join(re.sub(r"#[^\n]*", "", value).split()) for name, value in arguments}
