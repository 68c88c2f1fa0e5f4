"""The pages of Ballast's own policies: the docstrings of their files, read without importing them (they import checkov)."""

from __future__ import annotations

import ast
from functools import cache

from ballast.terraform.policy.engine import RULES


@cache
def pages() -> dict[str, str]:
    """By finding id (`policy/public-endpoint`), what it is about, why, and how to mend it."""
    found = {}
    for path in sorted(RULES.glob("*.py")):
        if path.stem not in ("__init__", "plan_values"):
            found[f"policy/{path.stem.replace('_', '-')}"] = ast.get_docstring(ast.parse(path.read_text())) or ""
    return found
