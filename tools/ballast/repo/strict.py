"""What all models of what people write have in common: strictness, and the kinds of text that stand in many of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Labels = dict[str, str]
Name = Annotated[str, Field(description="Letters, digits, `.`, `_` and `-`; a letter or digit at both ends.")]
Query = Annotated[str, Field(description="PromQL, with {{.window}} as its range: sum(rate(x_total[{{.window}}])).")]
Metric = Annotated[str, Field(description="The name of a metric, without matchers.")]
Selector = Annotated[str, Field(description='PromQL matchers without braces: job="checkout", cluster="eu".')]
Duration = Annotated[str, Field(pattern=r"^([0-9]+(ms|[smhdwy]))+$", examples=["5m", "1h", "3d"])]


class Strict(BaseModel):
    """Unknown keys are errors, values are never coerced from another type (a quoted number is not a number).

    Two things are read as Sloth reads them: an empty value of a key that may be left out (`labels:`), and a number or a boolean
    as a label's or annotation's value, which becomes its text (`actual_le: 0.20` is `"0.20"`).
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)
