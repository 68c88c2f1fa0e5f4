"""What receivers of plain status faults have in common: calls that are refused on demand, and health.

POST   /api/faults       {"status": 429, "count": 2, "retry_after": 1}: asked for before, used up first
DELETE /api/faults
GET    /healthz
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class Refusals:
    """The refusals to come; `routes` are those above."""

    def __init__(self) -> None:
        self._coming: list[dict[str, Any]] = []
        self.routes = [
            Route("/api/faults", self._change, methods=["POST", "DELETE"]),
            Route("/healthz", self._health),
        ]

    def next(self) -> tuple[int, dict[str, str]] | None:
        """Status and headers that the next call is refused with, used up by it; None: it is taken."""
        if not self._coming:
            return None
        fault = self._coming[0]
        fault["count"] -= 1
        if fault["count"] <= 0:
            self._coming.pop(0)
        return fault["status"], {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}

    async def _change(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._coming.clear()
        else:
            self._coming.append({"count": 1} | await request.json())
        return Response(status_code=204)

    async def _health(self, request: Request) -> Response:
        return Response(status_code=204)
