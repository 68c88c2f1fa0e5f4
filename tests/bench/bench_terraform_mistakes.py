"""A hundred seeded mistakes in calls of our modules: is each named, at its file and line, before anything is applied?

The calls are those of the modules' own tests; one that cannot be planned as it is counts for nothing and is left out. One thing
is broken in each: an argument or a key misspelt or missing, a value of another type or out of range, two values that do not go
together. Who may find it is Terraform's core with hermetic providers (a plan, as in a pull request) and `ballast validate`
(terraform/arguments). It counts when the message names the line of the call: what a module passes on to another module, which
refuses it there, is named at a line of the module's, and does not count.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ballast.terraform import Server, Workspace, hcl
from ballast.terraform.arguments import unknown_keys
from tests.bench.figures import Figure

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "terraform" / "modules"
COMMAND = "make bench ARGS=terraform_mistakes"
SEED = 20261124
OUT_OF_RANGE = (-1, 0, 0.5, 100_000_000)
LARGE = 'instance_type = "m7i.large"'
# Two values that are fine alone: module, argument, its text, and what of the rest it does not go with.
CONFLICTS = [
    ("eks", "kubernetes", '{ version = "1.34", upgraded_from = "1.31" }', "an upgrade over three versions"),
    ("gke", "kubernetes", '{ version = "1.33", upgraded_from = "1.34" }', "a downgrade"),
    ("eks", "node_pools", f"{{ a = {{ {LARGE}, min_nodes = 9, max_nodes = 3, monitoring = true }} }}", "least above most"),
    ("eks", "node_pools", f"{{ a = {{ {LARGE} }}, b = {{ {LARGE} }} }}", "no pool for monitoring"),
    ("eks", "node_pools", f"{{ a = {{ {LARGE}, monitoring = true }} }}", "only pools for monitoring"),
    ("network-aws", "zones", '["eu-west-1a", "eu-west-1a", "eu-west-1b"]', "a zone twice"),
    ("network-gcp", "zones", '["europe-west1-b", "us-east1-b", "europe-west1-d"]', "a zone of another region"),
    ("network-aws", "zones", '["eu-west-1a", "us-east-1b", "eu-west-1c"]', "a zone of another region"),
    ("object-storage-aws", "buckets", "{ metrics = { cold_days = 100, expire_days = 30 } }", "cold after it expired"),
    ("object-storage-gcp", "buckets", "{ metrics = { cold_days = 100, expire_days = 30 } }", "cold after it expired"),
    ("heartbeat-aws", "contacts", '{ a = { kind = "sms", address = "a@example.com" } }', "an address of another kind"),
    ("eks", "api_allowed_cidrs", '{ all = "0.0.0.0/0" }', "the world let in to a private endpoint"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing broken in a call: the file's text, and the lines on any of which it counts as named."""

    kind: str
    module: str
    what: str
    text: str
    lines: range


@dataclass(slots=True)
class Call:
    """A sound call of a module: the text of each argument, and the types of the module's variables."""

    module: str
    provider: str
    arguments: dict[str, str]
    types: dict[str, str]
    required: set[str]

    def text(self, arguments: dict[str, str] | None = None) -> str:
        """A root's main.tf that calls it."""
        lines = [f"  {name} = {value}" for name, value in (self.arguments if arguments is None else arguments).items()]
        return "\n".join([self.provider, f'module "it" {{\n  source = "../../modules/{self.module}"', *lines, "}\n"])

    def lines_of(self, text: str, name: str) -> range:
        """Where an argument stands; the module's first line where it does not."""
        body = hcl.parse(text, "main.tf")
        (call,) = body.each("module")
        value = call.attributes.get(name)
        return range(value.line, value.line + value.text.count("\n") + 1) if value else range(call.line, call.line + 1)


def run(quick: bool) -> list[Figure]:
    """How many of the mistakes are named, by kind; those that are not, by name."""
    with (
        tempfile.TemporaryDirectory(prefix="ballast-mistakes-") as folder,
        Server(ROOT / "terraform/schemas", announce=False) as server,
    ):
        for name in ("schemas", "modules"):
            (Path(folder) / "terraform").mkdir(exist_ok=True)
            (Path(folder) / "terraform" / name).symlink_to(ROOT / "terraform" / name)
        with ThreadPoolExecutor(2) as pool:
            all_calls = list(calls_of_tests())
            sound = list(pool.map(lambda call: plans(Path(folder), server, call), all_calls))
            calls = {call.module: call for call, works in zip(all_calls, sound, strict=True) if works}
            mistakes = list(seeded(24 if quick else 100, calls))
            found = list(pool.map(lambda pair: named(Path(folder), server, *pair), enumerate(mistakes)))
    caught = Counter(m.kind for m, by in zip(mistakes, found, strict=True) if by)
    planted = Counter(m.kind for m in mistakes)
    missed = [f"{m.module}: {m.what}" for m, by in zip(mistakes, found, strict=True) if not by]
    by = Counter(by for by in found if by)
    notes = [
        f"seed {SEED}",
        f"calls of {len(calls)} of {len(all_calls)} modules",
        *(f"{kind} {caught[kind]}/{planted[kind]}" for kind in sorted(planted)),
        *(f"{n} by {who}" for who, n in by.items()),
    ]
    if missed:
        notes.append(f"not named: {'; '.join(missed)}")
    share = 100 * sum(caught.values()) / len(mistakes)
    return [
        Figure(
            f"mistakes in {len(mistakes)} module calls named with file and line",
            share,
            "%",
            COMMAND,
            100,
            True,
            ", ".join(notes),
        )
    ]


def named(folder: Path, server: Server, numbered: int, mistake: Mistake) -> str:
    """Who names it at its place: Terraform, or `terraform/arguments`; "" when nobody does."""
    root = folder / "terraform" / "roots" / f"r{numbered}"
    root.mkdir(parents=True)
    (root / "main.tf").write_text(mistake.text)
    variables = MODULES / mistake.module / "variables.tf"
    files = {
        f"terraform/modules/{mistake.module}/variables.tf": variables.read_text(),
        "terraform/roots/r/main.tf": mistake.text,
    }
    try:
        if any(key.path.startswith("terraform/roots/") and key.line in mistake.lines for key in unknown_keys(files)):
            return "terraform/arguments"
    except hcl.Unreadable as error:
        return "terraform/arguments" if error.problem.position.line in mistake.lines else ""
    with Workspace(root, into=folder / f"shadow{numbered}", server=server, mode="hermetic") as tf:
        for command in (("init", "-json"), ("plan", "-json", "-input=false")):
            done = tf.run(*command, capture=True)
            for line in done.stdout.splitlines():
                said = json.loads(line).get("diagnostic", {}) if line.startswith("{") else {}
                where = said.get("range") or {}
                if (
                    said.get("severity") == "error"
                    and where.get("filename") == "main.tf"
                    and where["start"]["line"] in mistake.lines
                ):
                    return "Terraform's plan"
            if done.returncode:
                return ""
    return ""


def plans(folder: Path, server: Server, call: Call) -> bool:
    """Whether the call is sound: it can be planned as it is."""
    root = folder / "terraform" / "roots" / call.module
    root.mkdir(parents=True)
    (root / "main.tf").write_text(call.text())
    with Workspace(root, into=folder / f"sound-{call.module}", server=server, mode="hermetic") as tf:
        return all(tf.run(*command, capture=True).returncode == 0 for command in (("init",), ("plan", "-input=false")))


def seeded(number: int, calls: dict[str, Call]) -> Iterator[Mistake]:
    """The mistakes, of five kinds in turn; the same for the same seed and modules."""
    chance = random.Random(SEED)
    conflicts = [c for c in CONFLICTS if c[0] in calls]
    makers = [misspelt, missing, wrong_type, out_of_range]
    made, seen = 0, set[str]()
    for module, name, value, what in conflicts[: number // 8 or 1]:
        text = calls[module].text(calls[module].arguments | {name: value})
        yield Mistake("conflicting", module, what, text, calls[module].lines_of(text, name))
        made += 1
    while made < number:
        mistake = makers[made % len(makers)](chance.choice(list(calls.values())), chance)
        if mistake is not None and mistake.text not in seen:
            seen.add(mistake.text)
            made += 1
            yield mistake


def calls_of_tests() -> Iterator[Call]:
    """Calls with the shared variables of each module's refusals.tftest.hcl."""
    for path in sorted(MODULES.glob("*/tests/refusals.tftest.hcl")):
        module = path.parents[1]
        text = path.read_text()
        body = hcl.parse(text, path.name)
        given = {name: value.text for block in body.each("variables") for name, value in block.attributes.items()}
        provider = "\n".join(text[block.start : block.end] for block in body.each("provider"))
        variables = [block for file in hcl.read(module, "*.tf") for block in file.each("variable")]
        types = {block.label: block.attributes["type"].text for block in variables if "type" in block.attributes}
        required = {block.label for block in variables if "default" not in block.attributes}
        if given and provider:
            yield Call(module.name, provider, given, types, required)


def misspelt(call: Call, chance: random.Random) -> Mistake | None:
    """Two letters of an argument's name, or of a key inside one, change places."""
    name = chance.choice(list(call.arguments))
    keys = (
        re.findall(r"\b([a-z_]{4,})\s+=", call.arguments[name])
        if call.types.get(name, "").startswith(("object", "map(object"))
        else []
    )
    keys = [key for key in keys if re.search(rf"\b{key}\b", call.types[name])]
    if keys and chance.random() < 0.6:
        key = chance.choice(keys)
        value = re.sub(rf"\b{key}(\s+=)", rf"{swapped(key, chance)}\1", call.arguments[name], count=1)
        text = call.text(call.arguments | {name: value})
        return Mistake("misspelt", call.module, f"{key} in {name}", text, call.lines_of(text, name))
    wrong = swapped(name, chance)
    text = call.text({wrong if key == name else key: value for key, value in call.arguments.items()})
    return Mistake("misspelt", call.module, name, text, call.lines_of(text, wrong)) if wrong != name else None


def missing(call: Call, chance: random.Random) -> Mistake | None:
    """A required argument, or a required key of an object, is left out."""
    name = chance.choice(sorted(call.required & call.arguments.keys()))
    keys = re.findall(r"^\s+(\w+)\s+= (?!optional)", call.types.get(name, ""), re.MULTILINE)
    present = [key for key in keys if re.search(rf"\b{key}\s+= (?:\"[^\"]*\"|\d+)", call.arguments[name])]
    if present and chance.random() < 0.5:
        key = chance.choice(present)
        value = re.sub(rf"\b{key}\s+= (?:\"[^\"]*\"|\d+),?", "", call.arguments[name], count=1)
        text = call.text(call.arguments | {name: value})
        return Mistake("missing", call.module, f"{key} in {name}", text, call.lines_of(text, name))
    text = call.text({key: value for key, value in call.arguments.items() if key != name})
    return Mistake("missing", call.module, name, text, call.lines_of(text, name))


def wrong_type(call: Call, chance: random.Random) -> Mistake | None:
    """A value that cannot be converted to the declared type."""
    name = chance.choice([name for name in call.arguments if name in call.types])
    kind = call.types[name].partition("(")[0].strip()
    wrong = {
        "string": '["a"]',
        "number": '"many"',
        "bool": '"perhaps"',
        "list": '"one"',
        "set": '"one"',
        "map": '"one"',
        "object": '"one"',
    }
    text = call.text(call.arguments | {name: wrong[kind]})
    return Mistake("wrong type", call.module, f"{name} = {wrong[kind]}", text, call.lines_of(text, name))


def out_of_range(call: Call, chance: random.Random) -> Mistake | None:
    """A number that is far off, or a text that is no name, range or word of the list."""
    numbers = [name for name, kind in call.types.items() if kind == "number"]
    strings = [name for name in call.arguments if call.types.get(name) == "string"]
    if numbers and chance.random() < 0.5:
        name, value = chance.choice(numbers), str(chance.choice(OUT_OF_RANGE))
    elif strings:
        name, value = chance.choice(strings), chance.choice(['""', '"Not A Name!"', '"' + "x" * 300 + '"'])
    else:
        return None
    text = call.text(call.arguments | {name: value})
    return Mistake("out of range", call.module, f"{name} = {value[:16]}", text, call.lines_of(text, name))


def swapped(word: str, chance: random.Random) -> str:
    """The word with two different neighbours changed."""
    places = [i for i in range(len(word) - 1) if word[i] != word[i + 1]]
    if not places:
        return word + "s"
    at = chance.choice(places)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
