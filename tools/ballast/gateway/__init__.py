"""Alertmanager's webhook in, PostgreSQL, PagerDuty out: every alert is stored before it is acknowledged.

Importing this package loads neither the server nor the database driver; `serve` does.
"""

from ballast.gateway.process import GatewayProcess
from ballast.gateway.settings import VARIABLES, Settings, environment, read_settings

__all__ = ["VARIABLES", "GatewayProcess", "Settings", "environment", "read_settings", "serve"]


def serve(settings: Settings) -> None:
    """Run a gateway until SIGTERM or SIGINT, then drain."""
    from ballast.gateway import server

    server.serve(settings)
