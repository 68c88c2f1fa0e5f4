"""A plan's comment: what it says first, what it never shows, and that it fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.repo import CannotRun
from ballast.terraform.summary import LIMIT, Policy, Summary, markdown, summarise


def change(address: str, actions: list[str], before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    *_, kind, _ = address.split(".")
    inner = {"actions": actions, "before": before, "after": after, "after_unknown": {}} | more.pop("change", {})
    return {"address": address, "mode": "managed", "type": kind, "change": inner} | more


def plan(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"terraform_version": "1.15.5", "resource_changes": list(changes)} | more


def test_losses_come_first_and_loud() -> None:
    told = summarise(
        plan(
            change("aws_vpc.new", ["create"], None, {}),
            change("module.a.aws_s3_bucket.data", ["delete"], {"bucket": "x"}),
            change(
                "module.a.aws_eip.moved",
                ["delete", "create"],
                {"domain": "vpc", "tags": {"a": "1"}},
                {"domain": "x", "tags": {"a": "2"}},
                change={"replace_paths": [["domain"]]},
            ),
            change("aws_vpc.same", ["no-op"], {}, {}),
            change("aws_vpc.read", ["read"], {}, {}),
        ),
        root="terraform/environments/staging/aws/cluster",
        result="hermetic: schema-valid, plan-shaped",
    )
    text = markdown(told)
    assert told.counts == {"replace": 1, "destroy": 1, "create": 1}
    assert text.startswith(
        "## Terraform plan of `terraform/environments/staging/aws/cluster`\n\n**1 replaced**, **1 destroyed**"
    )
    assert "> 2 resources are destroyed or replaced" in text
    assert "`hermetic: schema-valid, plan-shaped` · Terraform 1.15.5" in text
    lost = text[text.index("### 🔴 Destroyed and replaced") : text.index("### Policies")].splitlines()
    assert lost[1:3] == [
        "- 🔴 destroy `module.a.aws_s3_bucket.data`. **It holds data.**",
        "- 🔴 replace `module.a.aws_eip.moved`; because `domain`: `vpc` → `x`.",
    ]
    assert "| `module.a` | 1 | 1 |  |" in text
    assert "| the root itself |  |  | 1 |" in text
    assert "**unproven**" in text, "policies that nobody asked are not said to hold"


def test_what_an_identity_gets_and_loses_is_told_action_by_action() -> None:
    def policy(*actions: str) -> str:
        return json.dumps({"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "arn:x"}]})

    told = summarise(
        plan(
            change(
                "aws_iam_role_policy.x",
                ["update"],
                {"policy": policy("s3:Get", "s3:Put")},
                {"policy": policy("s3:Get", "s3:Delete")},
            ),
            change("google_project_iam_member.x", ["create"], None, {"role": "roles/owner", "member": "user:a@example.com"}),
            change(
                "aws_vpc_security_group_ingress_rule.x",
                ["create"],
                None,
                {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "10.0.0.0/8"},
            ),
            change("aws_iam_policy.later", ["create"], None, {"name": "x"}, change={"after_unknown": {"policy": True}}),
        )
    )
    text = markdown(told)
    who = text[text.index("### Who may do what") : text.index("### What can be reached")]
    assert [line.strip() for line in who.splitlines()[1:-1]] == [
        "- 🟢 create `aws_iam_policy.later`",
        "- `? policy is known after apply`",
        "- 🟢 create `google_project_iam_member.x`",
        "- `+ roles/owner for user:a@example.com`",
        "- 🟡 change `aws_iam_role_policy.x`",
        "- `- Allow s3:Put on arn:x`",
        "- `+ Allow s3:Delete on arn:x`",
    ]
    assert "`+ tcp 443-443 from 10.0.0.0/8`" in text
    assert told.unknown_documents == 1


SECRET = "s3cr3t-value"
DOCUMENT = json.dumps({"Statement": [{"Effect": "Allow", "Action": SECRET}]})


def marks(before: Any, after: Any) -> dict[str, Any]:
    return {"before_sensitive": before, "after_sensitive": after}


@pytest.mark.parametrize(
    ("kind", "before", "after", "marked"),
    [
        ("aws_x", {"v": SECRET}, {"v": f"{SECRET}2"}, marks({"v": True}, {"v": True})),
        ("aws_x", {"b": [{"v": SECRET}]}, {"b": [{"v": "n"}]}, marks({"b": [{"v": True}]}, {"b": [{"v": True}]})),
        ("aws_x", {"v": "a"}, {"v": SECRET}, marks({}, True)),
        ("aws_x", {"master_password": SECRET}, {"master_password": f"{SECRET}2"}, {}),
        ("aws_iam_policy", {"policy": "{}"}, {"policy": DOCUMENT}, marks({}, True)),
        ("aws_iam_policy", {"policy": "{}"}, {"policy": DOCUMENT}, marks({}, {"policy": True})),
        ("google_project_iam_member", None, {"role": "r", "member": SECRET}, marks(False, {"member": True})),
    ],
)
def test_nothing_sensitive_is_ever_shown(kind: str, before: Any, after: Any, marked: dict[str, Any]) -> None:
    changed = change(f"{kind}.a", ["update"] if before else ["create"], before, after, change=marked)
    outputs = {"token": {"actions": ["create"], "before": None, "after": SECRET, "after_sensitive": True}}
    told = summarise(plan(changed, output_changes=outputs, variables={"token": {"value": SECRET}}))
    for text in (markdown(told), json.dumps(told.as_dict())):
        assert SECRET not in text
        assert f"{kind}.a" in text
    assert told.outputs == {"token": "create"}


@pytest.mark.parametrize("number", [0, 3, 400, 5000])
def test_a_comment_fits_and_says_what_does_not(number: int) -> None:
    changes = [
        change(f"module.m{n % 9}.aws_s3_bucket.b{n}", ["delete", "create"], {"bucket": "x" * 150}, {"bucket": "y" * 150})
        for n in range(number)
    ]
    told = summarise(plan(*changes))
    told.policies = [Policy("tags", c["address"], "no owner") for c in changes]
    text = markdown(told)
    assert len(text) <= LIMIT
    assert ("do not fit into a comment" in text) is (number >= 400)
    assert text.count("<details>") == text.count("</details>")
    assert json.loads(json.dumps(told.as_dict()))["counts"] == ({"replace": number} if number else {})


@given(st.text(max_size=60), st.text(max_size=60))
def test_values_cannot_break_out_of_the_comment(value: str, message: str) -> None:
    told = summarise(
        plan(change("aws_vpc.x", ["update"], {"name": "a"}, {"name": value}), change("aws_vpc.y", ["create"], None, {}))
    )
    told.policies = [Policy("tags", "aws_vpc.x", f"{message} <img src=x> @org/team | cell")]
    text = markdown(told)
    assert "<img" not in text
    assert "@org" not in text
    table = [line for line in text.splitlines() if line.startswith("| `tags`")]
    assert len(table) == 1
    assert table[0].replace("\\|", "").count("|") == 4


def test_a_moved_and_an_imported_resource_are_told_as_such() -> None:
    told = summarise(
        plan(
            change("aws_vpc.new", ["no-op"], {}, {}, previous_address="aws_vpc.old"),
            change("aws_vpc.found", ["no-op"], {}, {}, change={"importing": {"id": "vpc-1"}}),
            change("aws_vpc.left", ["forget"], {}, None),
        )
    )
    assert told.counts == {"forget": 1, "import": 1, "move": 1}
    assert "from `aws_vpc.old`" in markdown(told)


def test_what_is_no_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="this is no plan"):
        summarise({"values": {}})


def test_a_plan_without_changes() -> None:
    told = summarise(plan())
    told.policies = []
    assert isinstance(told, Summary)
    assert "**No changes.**" in markdown(told)
    assert "All hold." in markdown(told)
