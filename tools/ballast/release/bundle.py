"""The plan bundle: a plan, what it does, what it costs, whether policies and budgets allow it, and the hash of all that.

`refusals` stop it for good: plan again. `asks` need an approval in any environment; in production there is always one.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ballast.audit import Entry, actor, append, ssh_sign, ssh_verify
from ballast.budget import ChangeType, freeze_gate
from ballast.release.cost import difference, environment_of, estimate, judge_cost, markdown, read_allowance, read_prices
from ballast.release.seal import bundle_key, seal, unseal
from ballast.release.settings import read_delivery
from ballast.release.source import State, commit_of, git_person, sources, state_of, workspace
from ballast.repo import CannotRun, load
from ballast.terraform import LABEL, providers_from_own_root

FORMAT = "ballast-plan/1"
PLAN, SIGNATURE = "plan.bin", "author.sig"
PURPOSE = "ballast-plan-author"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is approved. Every figure is text or a whole number, so that its canonical form (RFC 8785) is one.

    `members` are SHA-256 by name; `authors` are all the names that who planned goes by; `author` is the one that signed it.
    """

    id: str
    root: str
    environment: str
    mode: str
    author: str
    authors: list[str]
    commit: str
    clean: bool
    sources: str
    core: str
    created: str
    expires: str
    change_type: str
    services: list[str]
    lineage: str
    serial: int
    changes: dict[str, int]
    cost: dict[str, Any]
    policies: dict[str, Any]
    gate: list[dict[str, Any]]
    refusals: list[str]
    asks: list[str]
    members: dict[str, str] = field(default_factory=dict)
    format: str = FORMAT

    def text(self) -> bytes:
        """The canonical form, which its author signs."""
        import rfc8785

        return rfc8785.dumps(asdict(self))

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form: what an approval is over."""
        return hashlib.sha256(self.text()).hexdigest()

    @property
    def state(self) -> State:
        """The state that it was made against."""
        return State(self.lineage, self.serial)

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return now >= datetime.fromisoformat(self.expires)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle, opened and proven whole."""

    path: Path
    manifest: Manifest
    members: dict[str, bytes]


def make_bundle(
    repo: Path,
    root: Path,
    path: Path,
    *,
    arguments: Sequence[str] = (),
    change_type: ChangeType = "feature",
    services: Sequence[str] = (),
    policies: bool = True,
    author: str = "",
    key_file: Path | None = None,
    now: datetime | None = None,
) -> Bundle:
    """Plan `root`, judge the plan, and seal both into `path`. `author` signs it with an SSH key.

    Raises CannotRun when the core cannot plan, when the state changed meanwhile, and, with real providers, when files of a
    production root are not committed or nobody signs (a workflow does not: GitHub says who started it).
    """
    from ballast.terraform.summary import markdown as summary_markdown
    from ballast.terraform.summary import summarise, with_policies

    now = now or datetime.now(UTC)
    name = root_name(repo, root)
    environment = environment_of(name)
    identity = secrets.token_hex(8)
    key = bundle_key(repo, create=True)
    commit, clean = commit_of(repo)
    before = sources(repo)
    file = f".ballast-{identity}.tfplan"
    with workspace(root) as tf:
        if tf.mode == "real" and environment == "production" and not clean:
            raise CannotRun("files that roots read differ from the commit: commit them, then plan production")
        if tf.mode == "real" and environment == "production" and key_file is None and not _by_workflow([actor()]):
            raise CannotRun("say who plans production, so that somebody else can approve it: --as PERSON --key FILE")
        tf.init()
        state = state_of(tf)
        try:
            done, plan = tf.plan("-input=false", *arguments, f"-out={file}", capture=True)
            if not plan:
                raise CannotRun(f"{tf.core} could not plan {root}:\n{done.stderr.strip()}")
            data = (tf.folder / file).read_bytes()
        finally:
            (tf.folder / file).unlink(missing_ok=True)
        if state_of(tf) != state:
            raise CannotRun(f"the state of {root} changed while it was planned: plan again")
        core, mode = str(tf.core), tf.mode
    if sources(repo) != before:
        raise CannotRun(f"files changed while {root} was planned: plan again")
    allowance = read_allowance(repo, name)
    cost = estimate(plan, read_prices(repo), root=name, usage=allowance.usage, repo=repo)
    verdict = judge_cost(cost, allowance)
    summary = summarise(plan, root=name, result=LABEL if mode == "hermetic" else "real")
    summary.refused = providers_from_own_root(plan)
    if policies:
        summary = with_policies(summary, plan, repo)
    else:
        summary.unproven = "they were not asked"
    gate = ask_gate(repo, environment, mode, services, change_type, f"plan of {name}")
    refusals = list(summary.refused)
    refusals += [f"policy {p.policy}: {p.address}: {p.message}" for p in summary.policies or []]
    refusals += [f"cost: {reason}" for reason in verdict.reasons if verdict.state == "stop"]
    refusals += [f"{g['service']} is {g['state']}: {'; '.join(g['reasons'])}" for g in gate if not g["passes"]]
    asks = [f"cost: {reason}" for reason in verdict.reasons if verdict.state in ("ask", "owner")]
    asks += [f"policies are unproven: {summary.unproven}"] if summary.policies is None else []
    lost = [c.address for c in summary.changes if c.action in ("replace", "destroy")]
    asks += [f"{len(lost)} destroyed or replaced: {', '.join(lost[:5])}{'…' if len(lost) > 5 else ''}"] if lost else []
    members = {
        PLAN: data,
        "plan.json": json.dumps(plan).encode(),
        "summary.json": json.dumps(summary.as_dict()).encode(),
        "summary.md": summary_markdown(summary).encode(),
        "cost.json": json.dumps(cost.as_dict()).encode(),
        "cost.md": markdown([cost], {name: verdict}).encode(),
    }
    manifest = Manifest(
        id=identity,
        root=name,
        environment=environment,
        mode=mode,
        author=author if key_file else "",
        authors=list(dict.fromkeys([*([author] if author else []), actor(), *git_person(repo)])),
        commit=commit,
        clean=clean,
        sources=before,
        core=core,
        created=now.isoformat(timespec="seconds"),
        expires=(now + timedelta(hours=read_delivery(repo).rules(environment).expires_hours)).isoformat(timespec="seconds"),
        change_type=change_type,
        services=list(services),
        lineage=state.lineage,
        serial=state.serial,
        changes={str(action): number for action, number in summary.counts.items()},
        cost={
            "state": verdict.state,
            "monthly": str(cost.monthly),
            "delta": difference(cost.delta),
            "unknown": sorted(cost.unknown_delta),
            "subscriptions": cost.subscriptions,
            "owner": verdict.owner,
        },
        policies={
            "state": "unproven" if summary.policies is None else "broken" if summary.policies else "hold",
            "unproven": summary.unproven or "",
        },
        gate=gate,
        refusals=refusals,
        asks=asks,
        members={member: hashlib.sha256(content).hexdigest() for member, content in members.items()},
    )
    signature = b""
    if key_file is not None:
        signature = ssh_sign(manifest.text(), PURPOSE, key_file)
        ssh_verify(repo, author, manifest.text(), signature, PURPOSE)
    head = {"id": identity, "root": name, "expires": manifest.expires}
    seal(path, key, head, {**members, SIGNATURE: signature, "manifest.json": json.dumps(asdict(manifest)).encode()})
    details = {"bundle": manifest.digest, "plan": manifest.members[PLAN], "commit": commit, "state": str(state)}
    append(
        Entry(manifest.authors[0], "tf/plan", name, "refused" if refusals else "planned", "; ".join(refusals + asks), details)
    )
    return Bundle(path, manifest, members)


def open_bundle(repo: Path, path: Path) -> Bundle:
    """Decrypt, check every hash and the author. Raises CannotRun when a byte is another, or nobody stands for it."""
    head, members = unseal(path, bundle_key(repo))
    try:
        signature = members.pop(SIGNATURE)
        manifest = Manifest(**json.loads(members.pop("manifest.json")))
        if manifest.format != FORMAT:
            raise ValueError
    except (KeyError, ValueError, TypeError):
        raise CannotRun(f"{path} was made by another version of Ballast: plan again") from None
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    if hashes != manifest.members or (head.get("id"), head.get("root")) != (manifest.id, manifest.root):
        raise CannotRun(f"{path} does not hold what its manifest says: plan again")
    if manifest.author:
        try:
            ssh_verify(repo, manifest.author, manifest.text(), signature, PURPOSE)
        except CannotRun as error:
            raise CannotRun(f"{path} {error}: plan again") from None
    elif manifest.mode == "real" and manifest.environment == "production" and not _by_workflow(manifest.authors):
        raise CannotRun(f"{path} says of nobody who planned it: plan again with --as PERSON --key FILE")
    return Bundle(path, manifest, members)


def _by_workflow(authors: Sequence[str]) -> bool:
    """Whether GitHub says who planned."""
    return any(name.startswith("github:") for name in authors)


def root_name(repo: Path, root: Path) -> str:
    """A root's path in the repository. Raises CannotRun outside."""
    full = root.resolve()
    if not full.is_relative_to(repo.resolve()):
        raise CannotRun(f"{root} is not in {repo}")
    return full.relative_to(repo.resolve()).as_posix()


def ask_gate(
    repo: Path, environment: str, mode: str, services: Sequence[str], change_type: ChangeType, reason: str
) -> list[dict[str, Any]]:
    """The freeze gate's verdicts. Only production on real providers is asked about: nothing else can hurt a service."""
    if environment != "production" or mode != "real":
        return []
    asked = list(services) or sorted(load(repo).services)
    if not asked:
        raise CannotRun("alerts/services has no service whose budget could be asked: name one with --service")
    verdicts = [freeze_gate(one, change_type, root=repo, reason=reason) for one in asked]
    return [{"service": v.service, "state": v.state, "passes": v.passes, "reasons": list(v.reasons)} for v in verdicts]
