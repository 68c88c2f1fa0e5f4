"""A provider without a cloud: one process plays every provider of which there is a schema snapshot."""

from ballast.terraform.hermetic.provider import LABEL
from ballast.terraform.hermetic.server import Server
from ballast.terraform.hermetic.world import Call, Fault, Target

__all__ = ["LABEL", "Call", "Fault", "Server", "Target"]
