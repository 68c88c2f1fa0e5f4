"""Real processes on loopback: start, wait, pause, kill, stop; and the servers that Ballast is tested and shown with."""

from ballast.stack.toolchain import home, tool

__all__ = ["home", "tool"]
