"""terraform/delivery.yaml: approvals, expiry, smoke checks and the watch after an apply."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ballast.repo import CannotRun

FILE = "terraform/delivery.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rules(_Strict):
    """Of an environment. Production needs at least one approval whatever is written."""

    approvals: Annotated[int, Field(ge=0, le=5)] = 1
    expires_hours: Annotated[float, Field(gt=0, le=168)] = 24
    watch_minutes: Annotated[float, Field(ge=0, le=120)] = 10


class GitHub(_Strict):
    """Whose OIDC tokens count: the repository, and environments by ours. `owner` is the team of what is no service's own."""

    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    owner: str = ""
    environments: dict[str, str] = {}
    issuer: Annotated[str, Field(pattern=r"^https?://")] = "https://token.actions.githubusercontent.com"


class Smoke(_Strict):
    """A command that exits 0 when what was applied works. `hermetic` runs it in hermetic mode too."""

    name: str
    roots: list[str] = ["*"]
    run: Annotated[list[str], Field(min_length=1)]
    seconds: Annotated[float, Field(gt=0, le=600)] = 30
    hermetic: bool = False


class Delivery(_Strict):
    """The file."""

    environments: dict[str, Rules] = {}
    github: GitHub | None = None
    smoke: list[Smoke] = []

    def rules(self, environment: str) -> Rules:
        """Those of an environment; the defaults, which are production's, where nothing is written."""
        found = self.environments.get(environment, Rules())
        if environment == "production" and found.approvals < 1:
            return found.model_copy(update={"approvals": 1})
        return found


def read_delivery(repo: Path) -> Delivery:
    """The repository's settings; the defaults without a file. Raises CannotRun where it cannot be read."""
    path = repo / FILE
    try:
        return Delivery.model_validate(yaml.load(path.read_text(), yaml.CSafeLoader) or {})
    except FileNotFoundError:
        return Delivery()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise CannotRun(f"{FILE}:{mark.line + 1 if mark else 1}: this is no YAML: {error.problem}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise CannotRun(f"{FILE}: {'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}") from None
