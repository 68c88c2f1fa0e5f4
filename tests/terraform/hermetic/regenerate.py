"""`python -m tests.terraform.hermetic.regenerate`: write protocol_pb2.py and its stub from protocol.proto."""

from __future__ import annotations

import sys
from pathlib import Path

from grpc_tools import protoc

TOOLS = Path(__file__).resolve().parents[3] / "tools"
PROTO = "ballast/terraform/hermetic/protocol.proto"


def generate(into: Path) -> None:
    """Run protoc; raises RuntimeError with its exit code."""
    code = protoc.main(["protoc", f"-I{TOOLS}", f"--python_out={into}", f"--pyi_out={into}", str(TOOLS / PROTO)])
    if code:
        raise RuntimeError(f"protoc ended with {code}")


if __name__ == "__main__":
    generate(TOOLS)
    sys.exit(0)
