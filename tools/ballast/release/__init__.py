"""Releases: what a plan costs, the bundle that is approved, and the apply that takes exactly that bundle."""

from ballast.release.apply import Applied, apply_bundle
from ballast.release.approve import Statement, approvals, approve, approve_by_github, lacking, needed
from ballast.release.bundle import Bundle, Manifest, make_bundle, open_bundle
from ballast.release.seal import bundle_members, head_of

__all__ = [
    "Applied",
    "Bundle",
    "Manifest",
    "Statement",
    "apply_bundle",
    "approvals",
    "approve",
    "approve_by_github",
    "bundle_members",
    "head_of",
    "lacking",
    "make_bundle",
    "needed",
    "open_bundle",
]
