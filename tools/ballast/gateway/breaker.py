"""A circuit breaker for coroutines (pybreaker's are for threads): after failures in a row nobody asks for a while, then one."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Literal

State = Literal["closed", "half_open", "open"]
STATES: tuple[State, ...] = ("closed", "half_open", "open")


class Open(Exception):
    """The dependency is not asked at the moment; `name` is its."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has failed several times in a row and is not asked for a moment")
        self.name = name


class Breaker:
    """Opens after `failures` in a row that concern at least `subjects` different things, for `seconds`; then one call is let
    through, and what becomes of it closes or opens it again. Time is monotonic: clock steps do nothing.

    `subjects` keeps one thing that always fails (an event that the provider chokes on) from being taken for a sick provider.
    """

    def __init__(
        self,
        name: str,
        *,
        failures: int = 5,
        subjects: int = 1,
        seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.opened = 0
        """How often it has opened."""
        self._failures = failures
        self._subjects = subjects
        self._seconds = seconds
        self._clock = clock
        self._failed: list[object] = []
        self._until: float | None = None
        self._trying = False

    @property
    def state(self) -> State:
        """closed: all may ask; open: nobody; half_open: one may, or does at this moment."""
        if self._until is None:
            return "closed"
        return "open" if self._clock() < self._until else "half_open"

    def wait(self) -> float:
        """Seconds until somebody may ask; 0 when somebody may now."""
        return 0.0 if self._until is None else max(0.0, self._until - self._clock())

    def room(self) -> int | None:
        """How many may ask now: None for any number."""
        return {"closed": None, "half_open": 0 if self._trying else 1, "open": 0}[self.state]

    def enter(self) -> None:
        """Begin a call. Raises Open when it must not be made."""
        room = self.room()
        if room == 0:
            raise Open(self.name)
        self._trying = self._until is not None

    def leave(self) -> None:
        """End a call that says nothing about the dependency."""
        self._trying = False

    def succeeded(self) -> None:
        """It answered."""
        self._failed.clear()
        self._until = None
        self._trying = False

    def failed(self, subject: object = None) -> None:
        """It did not."""
        self._failed = [*self._failed, subject][-max(self._failures, 100) :]
        enough = len(self._failed) >= self._failures and len(set(self._failed)) >= self._subjects
        if self._until is not None or enough:
            self.opened += self._until is None
            self._until = self._clock() + self._seconds
        self._trying = False

    async def call[T](self, work: Callable[[], Awaitable[T]], failures: tuple[type[BaseException], ...]) -> T:
        """Await it; `failures` are those that count against the dependency. Raises Open, and whatever it raises."""
        self.enter()
        try:
            result = await work()
        except failures:
            self.failed()
            raise
        except BaseException:
            self.leave()
            raise
        self.succeeded()
        return result
