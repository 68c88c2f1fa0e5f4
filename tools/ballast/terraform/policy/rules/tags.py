"""Something that can carry tags does not say who owns it and who pays.

During an incident nobody knows whom to ask, cost reports have a line "other", and CI's rights, which go by these tags, do not
reach it.

Mend: `default_tags` (AWS) or `default_labels` (Google Cloud) of the provider with `owner`, `environment`, `cost-centre`: every
root under terraform/environments has them. An exception needs its reason in terraform/policy.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plan_values import Policy, labels

WANTED = ("owner", "environment", "cost-centre")


class Tags(Policy):
    """Registers itself with checkov."""

    def problems(self, kind: str, conf: dict[str, Any]) -> Iterator[str]:
        """What has an attribute for all tags, the provider's included, has these."""
        found = labels(conf)
        if found is not None and (missing := [name for name in WANTED if not found.get(name)]):
            yield f"no {', '.join(missing)} among its tags"


check = Tags("tags", "Everything says who owns it and who pays", ["aws_*", "google_*"])
