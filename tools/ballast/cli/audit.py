"""`ballast audit`: show the audit log, prove that nobody changed it, and take over what providers' logs show."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ballast.cli._moment import moment_or_none

if TYPE_CHECKING:
    from datetime import datetime

    from ballast.audit import Record, Verdict

Log = Annotated[Path | None, typer.Option("--log", help="The log; default BALLAST_AUDIT_LOG or .ballast/audit.jsonl.")]
Signers = Annotated[Path | None, typer.Option("--signers", help="Whose keys count; default alerts/allowed-signers.")]
Output = Annotated[Literal["text", "json"], typer.Option("--output", "-o", help="For people or for machines.")]
Since = Annotated[str, typer.Option(help="Leave out what happened before (RFC 3339).")]
Format = Literal["cloudtrail", "gcp", "kubernetes"]


def register(app: typer.Typer) -> None:
    """Add the group `audit`."""
    group = typer.Typer(no_args_is_help=True, help="Who did what, when, why, with what result; and that nobody changed it.")
    for command, name, example in (
        (show, "show", "show --what tf/ --last 5"),
        (verify, "verify", "verify --head 41:9f86d0…"),
        (prove, "prove", "prove 41 --output json > proof.json"),
        (check, "check", "check proof.json --signers allowed-signers"),
        (push, "push", "push"),
        (import_, "import", "import cloudtrail logs/*.json.gz"),
        (drift, "drift", "drift plan.json --since 2026-11-01T00:00:00Z"),
        (break_glass, "break-glass", "break-glass aws --role admin --incident INC-7 --reason …"),
        (adopt, "adopt", "adopt --reason 'moved here from the old host, verified with ada'"),
    ):
        group.command(name, epilog=f"Example: ballast audit {example}")(command)
    app.add_typer(group, name="audit")


# --- Reading ----------------------------------------------------------------------------------------------------------


def show(
    last: Annotated[int, typer.Option(help="How many of the newest entries; 0 for all.", min=0)] = 20,
    what: Annotated[str, typer.Option(help="Only acts that begin with this, such as budget/.")] = "",
    who: Annotated[str, typer.Option(help="Only by those whose name holds this.")] = "",
    subject: Annotated[str, typer.Option(help="Only what was done to something whose name holds this.")] = "",
    since: Since = "",
    log: Log = None,
    output: Output = "text",
) -> None:
    """Print entries, the newest last."""
    from dataclasses import asdict

    start = moment_or_none(since)
    records = [
        r
        for r in _records(log)
        if r.what.startswith(what) and who in r.who and subject in r.subject and (start is None or _at(r) >= start)
    ][-last if last else None :]
    if output == "json":
        print(json.dumps([asdict(r) for r in records], indent=1))
        return
    for r in records:
        print(f"{r.sequence:>5}  {_at(r):%Y-%m-%dT%H:%M:%SZ}  {r.what}: {r.subject}: {r.result}")
        act = f"{r.details['action']}, " if "event" in r.details else ""
        print(f"       {act}by {r.who}{', because ' + r.why if r.why else ''}")


def verify(
    head: Annotated[str, typer.Option(metavar="N:HASH", help="An entry that you wrote down: it must be there.")] = "",
    database: Annotated[bool, typer.Option("--database", help="Verify the twin in PostgreSQL, and compare it.")] = False,
    log: Log = None,
    signers: Signers = None,
    output: Output = "text",
) -> None:
    """Check every line, the chain, the signed head, and what witnesses have seen. Exits 1 for what is broken or unproven."""
    from ballast.audit import trusted
    from ballast.repo import CannotRun

    number, _, digest = head.partition(":")
    if head and (database or not (number.isdecimal() and digest)):
        raise CannotRun(f"--head {head}: write N:HASH, as `ballast audit verify` prints it, and verify the file")
    keys = trusted(signers)
    kept = (int(number), digest) if head else None
    verdicts = _verify_twin(keys, log) if database else _verify_file(keys, log, kept)
    if output == "json":
        print(json.dumps({name: _verdict_fields(one) for name, one in verdicts.items()}, indent=1))
    else:
        for name, one in verdicts.items():
            _print_verdict(name, one)
    raise typer.Exit(max((one.code for one in verdicts.values()), default=0))


def prove(
    entry: Annotated[str, typer.Argument(help="Its number, or the beginning of its hash.")],
    log: Log = None,
    output: Output = "text",
) -> None:
    """Prove that an entry is in the log, with hashes that anybody can check."""
    from ballast.audit import prove as make
    from ballast.audit import snapshot

    with snapshot(log) as (lines, book):
        record, proof = make(lines, book, entry)
    document = proof.document()
    if output == "json":
        print(json.dumps(document, indent=1))
        return
    print(f"entry {record.sequence} of {proof.signed.head.size} in {proof.signed.head.log}")
    print(f"{record.what}: {record.subject}: {record.result}, by {record.who} at {record.at}")
    print(f"\nThe line, without its newline:\n{proof.line}")
    print("\nThe way to the root (a leaf is SHA-256 of a byte 00 and the line, a node that of a byte 01, left and right):")
    print(f"  leaf     {document['leaf']}")
    for side, sibling, made in proof.steps():
        print(f"  {side:<8} {sibling}\n  = node   {made}")
    print(f"\nThe head, which names this root{'' if proof.signed.signature else ' (nobody signed it)'}:")
    print(document["head_text"])
    print(proof.signed.signature, end="")
    print("\nAnybody can check it without the log: prove … --output json > proof.json; check proof.json")


def check(
    file: Annotated[Path, typer.Argument(help="What `prove --output json` printed.")],
    signers: Signers = None,
    output: Output = "text",
) -> None:
    """Check a proof: no log is needed, only the public key."""
    from ballast.audit import Proof, trusted
    from ballast.repo import CannotRun

    try:
        proof = Proof.read(json.loads(file.read_text()))
    except OSError as error:
        raise CannotRun(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CannotRun(f"{file} is no proof: {error}") from None
    head = proof.signed.head
    try:
        signer, wrong = proof.check(trusted(signers)), ""
    except ValueError as error:
        signer, wrong = "", str(error)
    if output == "json":
        print(json.dumps({"entry": proof.index + 1, "log": head.log, "signer": signer, "problem": wrong}, indent=1))
    elif wrong:
        print(f"{file}: not proven: {wrong}")
    else:
        print(f"Entry {proof.index + 1} is one of the {head.size} of {head.log}: {signer} signed so at {head.at}.")
    raise typer.Exit(1 if wrong else 0)


# --- Writing ----------------------------------------------------------------------------------------------------------


def push(log: Log = None, output: Output = "text") -> None:
    """Give the head to the witnesses, and entries to the database and the event bus, as far as they are configured."""
    from ballast.audit import snapshot, twin_url, witnesses
    from ballast.repo import CannotRun, find_root

    with snapshot(log) as (lines, book):
        if book is None:
            raise CannotRun("the log has no head yet: its next entry makes one")
        lines += book.waiting(len(lines))
    done: dict[str, str] = {}
    failed: dict[str, str] = {}
    asked = witnesses(find_root())
    for witness in asked:
        try:
            if not book.signed.signature:
                raise CannotRun("nobody signed the head: a witness of it would prove nothing (BALLAST_AUDIT_KEY_FILE)")
            done[witness.name] = witness.put(book.signed)
        except CannotRun as error:
            failed[witness.name] = str(error)
    if twin_url():
        _push_twin(lines, book, done, failed)
    if not asked and not twin_url():
        raise CannotRun(
            "nowhere to push to: set BALLAST_AUDIT_GIT_REMOTE, BALLAST_AUDIT_BUCKET or BALLAST_AUDIT_DATABASE_URL"
            " (docs/audit.md)"
        )
    if output == "json":
        print(json.dumps({"log": book.head.log, "size": book.head.size, "done": done, "failed": failed}, indent=1))
    else:
        print(f"{book.head.log}, {book.head.size} entries")
        for name, where in done.items():
            print(f"  {name}: {where}")
        for name, why in failed.items():
            print(f"  {name}: FAILED: {why}")
    raise typer.Exit(1 if failed else 0)


def import_(
    format_: Annotated[Format, typer.Argument(metavar="FORMAT", help="cloudtrail, gcp or kubernetes.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="As the provider exports them; may be gzip.")],
    break_glass: Annotated[
        str, typer.Option(help="Names whose acts are emergency access (roles, groups, sessions); empty: none.")
    ] = "*break-glass*",
    log: Log = None,
    output: Output = "text",
) -> None:
    """Take over changes from a provider's own log, each once. What cannot be read is a finding; the rest is taken."""
    from ballast.audit import import_files

    done = import_files(format_, files, log, break_glass=break_glass)
    if output == "json":
        problems = [{"position": str(p.position), "message": p.message, "hint": p.hint} for p in done.problems]
        fields = {"added": done.added, "again": done.again, "left_out": dict(done.left_out), "problems": problems}
        print(json.dumps(fields, indent=1))
    else:
        for problem in done.problems:
            print(problem, file=sys.stderr)
        left_out = ", ".join(f"{count} {why}" for why, count in sorted(done.left_out.items()))
        print(f"{done.added} change{'' if done.added == 1 else 's'} added, {done.again} had been imported before.")
        if left_out:
            print(f"Left out: {left_out}.")
        if done.problems:
            print(f"{len(done.problems)} could not be read.")
    raise typer.Exit(1 if done.problems else 0)


def drift(
    plan: Annotated[Path, typer.Argument(help="terraform show -json of a plan, refresh-only or not.")],
    since: Since = "",
    log: Log = None,
    output: Output = "text",
) -> None:
    """Name who changed what drifted, from what was imported. Exits 1 when something drifted."""
    from dataclasses import asdict

    from ballast.audit import attribute
    from ballast.repo import CannotRun

    try:
        document = json.loads(plan.read_text())
        if not isinstance(document, dict) or "format_version" not in document:
            raise ValueError
    except OSError as error:
        raise CannotRun(f"{plan} cannot be read: {error.strerror}") from error
    except ValueError:
        raise CannotRun(f"{plan} is no plan in JSON: terraform show -json PLANFILE > {plan.name}") from None
    found = attribute(document, _records(log), since=moment_or_none(since))
    if output == "json":
        print(json.dumps([asdict(one) for one in found], indent=1))
    elif not found:
        print("Nothing drifted.")
    for one in found if output == "text" else ():
        print(f"{one.address} ({'/'.join(one.actions)}): {', '.join(one.attributes) or 'all of it'}")
        for author in one.authors[:5]:
            doubt = "" if author.match == "changed" else ", which names it (perhaps)"
            print(f"  {author.at[:19]}Z  {author.who}\n    {author.action}{doubt}; entry {author.entry}")
        if len(one.authors) > 5:
            print(f"  and {len(one.authors) - 5} earlier")
        if not one.authors:
            print("  by whom is unknown: no imported change fits (`ballast audit import`)")
    raise typer.Exit(1 if found else 0)


def break_glass(
    system: Annotated[str, typer.Argument(help="What was entered: aws, gcp, kubernetes, vault …")],
    reason: Annotated[str, typer.Option(help="Why the usual ways were not enough.")],
    incident: Annotated[str, typer.Option(help="The incident that called for it.")],
    role: Annotated[str, typer.Option(help="The role or account that was used.")] = "",
    person: Annotated[str, typer.Option("--as", help="Who; default: who runs this.")] = "",
    log: Log = None,
) -> None:
    """Write down that emergency access is used."""
    from ballast.audit import Entry, actor, append
    from ballast.repo import CannotRun

    if len(reason.strip()) < 10:
        raise CannotRun("give a reason that somebody else would understand (--reason)")
    details = {"system": system, "incident": incident, "recorded_by": actor()}
    record = append(Entry(person or actor(), "access/break-glass", role or system, "used", reason, details), log)
    print(f"Entry {record.sequence}: {record.who} uses {record.subject} for {incident}.")


def adopt(
    reason: Annotated[str, typer.Option(help="How you know that the log is as it was written.")],
    log: Log = None,
) -> None:
    """Sign a log that nobody had signed; an entry says that you vouch for it."""
    from ballast.audit import adopt as sign
    from ballast.repo import CannotRun

    if len(reason.strip()) < 10:
        raise CannotRun("give a reason that somebody else would understand (--reason)")
    record = sign(reason, log)
    print(f"Entry {record.sequence}: the log is signed with {record.details['key']}.")


# --- Helpers ----------------------------------------------------------------------------------------------------------


def _records(log: Path | None) -> list[Record]:
    from ballast.audit import read, record_of
    from ballast.repo import CannotRun

    records = []
    for number, line in enumerate(read(log), 1):
        try:
            records.append(record_of(line))
        except ValueError as error:
            raise CannotRun(f"line {number} of the audit log {error}: run `ballast audit verify`") from error
    return records


def _at(record: Record) -> datetime:
    from datetime import datetime

    return datetime.fromisoformat(record.at)


def _verify_file(keys: dict[bytes, str], log: Path | None, kept: tuple[int, str] | None) -> dict[str, Verdict]:
    from ballast.audit import DamagedHead, log_name, log_path, read, snapshot
    from ballast.audit import verify as judge
    from ballast.cli._audit_store import ask_witnesses

    path = log or log_path()
    damaged = ""
    try:
        with snapshot(path) as (lines, book):
            pass
    except DamagedHead as error:
        lines, book, damaged = list(read(path)), None, str(error)
    expected = log_name(path)
    name = book.head.log if book else expected
    heads, notes = ask_witnesses(name)
    verdict = judge(lines, book, keys, heads, kept=kept)
    verdict.problems += [damaged] if damaged else []
    if os.environ.get("BALLAST_AUDIT_NAME") and name != expected:
        verdict.problems.append(f"this is the log {name}, and BALLAST_AUDIT_NAME says {expected}")
    verdict.unproven += notes
    return {name: verdict}


def _verify_twin(keys: dict[bytes, str], log: Path | None) -> dict[str, Verdict]:
    """Every log in the database; the one of this machine's file is compared with it."""
    from ballast.audit import log_path, logs, snapshot, twin_book, twin_lines
    from ballast.audit import verify as judge
    from ballast.cli._audit_store import ask_witnesses, twin

    found = {}
    with twin() as connection:
        for name in logs(connection):
            lines = twin_lines(connection, name)
            heads, notes = ask_witnesses(name)
            found[name] = judge(lines, twin_book(connection, name), keys, heads)
            found[name].unproven += notes
    if (log or log_path()).exists():
        with snapshot(log) as (ours, book):
            pass
        if book is not None and book.head.log in found:
            with twin() as connection:
                theirs = twin_lines(connection, book.head.log)
            if ours[: len(theirs)] != theirs:
                found[book.head.log].problems.append("the database and the file hold other entries: one of them was changed")
    return found


def _push_twin(lines: list[bytes], book: Any, done: dict[str, str], failed: dict[str, str]) -> None:
    from ballast.audit import Difference, copy
    from ballast.cli._audit_store import twin
    from ballast.gateway.bus import tell_entries
    from ballast.repo import CannotRun

    try:
        with twin(make=True) as connection:
            done["database"] = f"{copy(connection, lines, book)} entries copied"
            told = tell_entries(connection)
            done["event bus"] = (
                "no gateway in this database: entries wait there" if told is None else f"{told} entries handed over"
            )
    except (CannotRun, Difference) as error:
        failed["database"] = str(error)


def _verdict_fields(verdict: Verdict) -> dict[str, Any]:
    head = verdict.head
    return {
        "entries": verdict.entries,
        "head": f"{head.size}:{head.hash}" if head else "",
        "root": head.root if head else "",
        "signer": verdict.signer,
        "witnessed": verdict.witnessed,
        "problems": verdict.problems,
        "unproven": verdict.unproven,
    }


def _print_verdict(name: str, verdict: Verdict) -> None:
    state = "BROKEN" if verdict.problems else "unproven" if verdict.unproven else "whole"
    print(f"{name}: {state}, {verdict.entries} entries")
    rows = []
    if verdict.signer and verdict.head:
        rows.append(("head", f"signed by {verdict.signer} at {verdict.head.at[:19]}Z"))
    if verdict.witnessed:
        left = verdict.entries - verdict.witnessed
        more = f"; the {left} after it could be cut off unseen" if left else ""
        rows.append(("witnessed", f"up to entry {verdict.witnessed}{more}"))
    rows += [("broken", problem) for problem in verdict.problems]
    rows += [("unproven", doubt) for doubt in verdict.unproven]
    if verdict.head and not verdict.problems:
        rows.append(("to keep", f"{verdict.head.size}:{verdict.head.hash}"))
    for what, words in rows:
        print(_wrapped(f"  {what:<10} ", words))


def _wrapped(head: str, words: str) -> str:
    import shutil
    import textwrap

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() or "COLUMNS" in os.environ else 1000
    lines = textwrap.wrap(words, max(30, width - len(head)), break_long_words=False, break_on_hyphens=False)
    return "\n".join([head + (lines or [""])[0], *(" " * len(head) + line for line in lines[1:])])
