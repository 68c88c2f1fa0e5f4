"""Dashboards: read in every form, linted (a check a file in `checks/`), mended in place, generated and drawn."""

from ballast.dashboards.fix import fix_file, fix_text
from ballast.dashboards.model import Dashboard, Datasource, Panel, Target, Variable
from ballast.dashboards.read import Document, is_dashboard, parse, read
from ballast.dashboards.rule import lint_file

__all__ = [
    "Dashboard",
    "Datasource",
    "Document",
    "Panel",
    "Target",
    "Variable",
    "fix_file",
    "fix_text",
    "is_dashboard",
    "lint_file",
    "parse",
    "read",
]
