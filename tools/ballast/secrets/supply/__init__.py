"""The supply chain: what images are built from, what is in them, and what is known to be wrong with it."""

from ballast.secrets.supply.audit import Audit
from ballast.secrets.supply.audit import audit as audit_dependencies
from ballast.secrets.supply.govulncheck import reachable
from ballast.secrets.supply.sbom import FORMATS, IMAGES, image

__all__ = ["FORMATS", "IMAGES", "Audit", "audit_dependencies", "image", "reachable"]
