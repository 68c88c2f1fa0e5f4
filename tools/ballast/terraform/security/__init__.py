"""Security proof over a rendered platform: listeners, flows, cloud roles, images, secrets, ways in for people, cell by cell."""

from ballast.terraform.security.calls import Connection, every_connection
from ballast.terraform.security.model import Cell, Proof, View
from ballast.terraform.security.proof import prove
from ballast.terraform.security.report import as_json, as_text

__all__ = ["Cell", "Connection", "Proof", "View", "as_json", "as_text", "every_connection", "prove"]
