"""One provider's behaviour on plain values; service.py puts it on the wire.

State's private data carries the key under which the world knows an object, and whether it was imported by its id alone.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from ballast.terraform.hermetic import documents, planning
from ballast.terraform.hermetic.planning import Path
from ballast.terraform.hermetic.rules import Rules, provider_rules, with_sensitive
from ballast.terraform.hermetic.schema import Schema, Snapshot
from ballast.terraform.hermetic.templates import NotKnown, Scope, parse, render, token
from ballast.terraform.hermetic.validation import Diagnostic, validate
from ballast.terraform.hermetic.values import UNKNOWN, empty, from_state, is_unknown, wholly_known
from ballast.terraform.hermetic.world import Fault, Moment, World

type Kind = Literal["resources", "data_sources", "ephemeral"]

LABEL = "hermetic: schema-valid, plan-shaped"
"""What every result says, so that nobody takes it for a cloud's answer."""


@dataclass(slots=True)
class Outcome:
    """The answer to one call: a value (None: nothing there), private data, what to replace, and what went wrong."""

    value: dict[str, Any] | None = None
    private: bytes = b""
    replace: list[Path] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


class Provider:
    """Plays the provider of a snapshot. Thread-safe: what changes is in the world; a configuration belongs to a connection."""

    def __init__(self, snapshot: Snapshot, world: World, announce: bool = True) -> None:
        self.snapshot, self.world, self.announce = snapshot, world, announce
        self.rules = provider_rules(snapshot.source, snapshot.folder / "rules" if snapshot.folder else None)
        self.stopped = threading.Event()
        self._types: dict[tuple[str, str], tuple[Schema, Rules]] = {}

    def facts(self, config: dict[str, Any]) -> dict[str, Any]:
        """What templates may name beside an object's attributes: the rules file's facts for this provider configuration."""
        scope = Scope([{"config": config}], {}, token(self.world.seed, self.snapshot.source))
        return {name: render(template, scope) for name, template in self.rules.facts.items()}

    def of(self, kind: Kind, name: str) -> tuple[Schema, Rules]:
        """Schema and rules of a type."""
        if (known := self._types.get((kind, name))) is None:
            schema: Schema = getattr(self.snapshot, kind)[name]
            rules = self.rules.of(kind, name, schema)
            known = self._types[kind, name] = (with_sensitive(schema, rules.sensitive), rules)
        return known

    def schemas(self, kind: Kind) -> dict[str, Schema]:
        """Every type's schema, with the flags that the rules add."""
        return {name: self.of(kind, name)[0] for name in getattr(self.snapshot, kind)}

    def validate(self, kind: Kind, name: str, config: dict[str, Any]) -> list[Diagnostic]:
        """Errors in the configuration of one object."""
        schema, rules = self.of(kind, name)
        return validate(schema.block, rules, config)

    def configure(self, config: dict[str, Any]) -> list[Diagnostic]:
        """Refuse a configuration that only an apply would know; else say what kind of provider this is, if it is to be said."""
        source, version = self.snapshot.source, self.snapshot.version
        unknown = [name for name, value in config.items() if not wholly_known(value)]
        if unknown:
            return [
                Diagnostic(
                    "Provider configured from a resource of its own root",
                    f'"{name}" of {source} is known only after apply. A provider that needs what its own root creates '
                    "cannot plan from nothing, nor destroy: move the resource to another root and read that root's state.",
                    (name,),
                )
                for name in unknown
            ]
        self.stopped.clear()
        if not self.announce:
            return []
        return [
            Diagnostic(
                LABEL,
                f"{source} {version} is played from its schema ({self.snapshot.origin}): no cloud was asked and nothing exists "
                "outside the state. BALLAST_TF_MODE=real uses real providers.",
                warning=True,
            )
        ]

    def upgrade(self, name: str, stored: bytes) -> dict[str, Any]:
        """Stored state in the present schema's shape."""
        return from_state(self.of("resources", name)[0].block, orjson.loads(stored))

    def read(self, name: str, state: dict[str, Any], private: bytes) -> Outcome:
        """The object as it is now; no value when it vanished."""
        if (fault := self._fault("read", name, state)) is not None and fault.kind != "vanish":
            return Outcome(state, private, diagnostics=[_failure(fault, name)])
        if fault is not None:
            self.world.vanish_key(self._key(name, state, private))
            return Outcome(None, private)
        self.world.record("read", name, state)
        return Outcome(self.world.read(self._key(name, state, private), name, state), private)

    def plan(
        self,
        name: str,
        prior: dict[str, Any] | None,
        proposed: dict[str, Any] | None,
        config: dict[str, Any] | None,
        private: bytes,
        facts: dict[str, Any],
    ) -> Outcome:
        """The planned object, and the paths that make this a replacement."""
        if proposed is None or config is None:
            return Outcome(None, private)
        if (fault := self._fault("plan", name, proposed)) is not None:
            return Outcome(prior, private, diagnostics=[_failure(fault, name)])
        schema, rules = self.of("resources", name)
        planned = planning.plan(schema.block, rules, config, proposed, prior, facts)
        replace = planning.replacements(rules, prior, planned, config) if prior is not None else []
        if _private(private).get("adopted") and prior is not None:
            replace = [path for path in replace if planning.value_at(prior, path) not in (None, [], {})]
        return Outcome(planned, private, replace)

    def apply(
        self,
        name: str,
        prior: dict[str, Any] | None,
        planned: dict[str, Any] | None,
        private: bytes,
        facts: dict[str, Any],
    ) -> Outcome:
        """Create, update or delete. On a failed create the value is None (nothing was made) or the half-made object."""
        if planned is None:
            return self._delete(name, prior or {}, private)
        moment: Moment = "create" if prior is None else "update"
        fault = self._fault(moment, name, planned)
        if fault is not None and fault.kind == "error":
            self.world.record(moment, name, planned, failed=True)
            return Outcome(prior, private, diagnostics=[_failure(fault, name)])
        schema, rules = self.of("resources", name)
        key = self.world.new_key(name) if prior is None else self._key(name, prior, private) or self.world.new_key(name)
        made = key if prior is None else self.world.new_key(name)
        value = planning.fill(schema.block, rules, planned | _counted(rules, prior, planned), facts, made)
        self.world.store(key, name, value)
        self.world.record(moment, name, value, failed=fault is not None and fault.kind != "vanish")
        stored = orjson.dumps({"key": key})
        if fault is None:
            return Outcome(value, stored)
        if fault.kind == "vanish":
            self.world.vanish_key(key)
            return Outcome(value, stored)
        return Outcome(value, stored, diagnostics=[_failure(fault, name)])

    def _delete(self, name: str, prior: dict[str, Any], private: bytes) -> Outcome:
        _, rules = self.of("resources", name)
        fault = self._fault("delete", name, prior)
        problem = _failure(fault, name) if fault is not None and fault.kind != "vanish" else None
        if problem is None and rules.protected_by and prior.get(rules.protected_by) is True:
            problem = Diagnostic(
                f"{name} is protected from deletion",
                f"{rules.protected_by} is true: set it to false and apply that first.",
                (rules.protected_by,),
            )
        self.world.record("delete", name, prior, failed=problem is not None)
        if problem is not None:
            return Outcome(prior, private, diagnostics=[problem])
        self.world.remove(self._key(name, prior, private))
        return Outcome(None, private)

    def _key(self, name: str, state: dict[str, Any], private: bytes) -> str:
        """The world's key of an object: from the private data, which a core drops for a tainted one, else by its id or ARN."""
        if key := _private(private).get("key"):
            return str(key)
        identity = next(({k: state[k]} for k in ("id", "arn", "self_link") if state.get(k)), None)
        found = self.world.find(name, identity) if identity else []
        return found[0][0] if found else ""

    def made(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        """The object that a create with these values would come to."""
        schema, rules = self.of("resources", name)
        config, facts = empty(schema.block) | values, self.facts({})
        planned = planning.plan(schema.block, rules, config, config, None, facts)
        return planning.fill(schema.block, rules, planned | values, facts, self.world.new_key(name))

    def import_(self, name: str, identifier: str, facts: dict[str, Any]) -> Outcome:
        """The object with that id, name or ARN if the world has it, else one of which only the id is known (with a warning)."""
        fault = self._fault("import", name, {"id": identifier})
        if fault is not None:
            return Outcome(None, diagnostics=[_failure(fault, name)])
        schema, rules = self.of("resources", name)
        form = rules.import_id or str(rules.values.get("id", "{id}"))
        fields = parse(form, identifier) or {}
        known = {path: value for path, value in fields.items() if path in schema.block.attributes}
        for wanted in ({"id": identifier}, known, {"arn": identifier}):
            if wanted and (found := self.world.find(name, wanted)):
                return Outcome(found[0][1], orjson.dumps({"key": found[0][0]}))
        value = empty(schema.block) | known
        if "id" in schema.block.attributes:
            value["id"] = identifier
        for path, template in rules.derive.items():
            if path in value and value[path] is None:
                value[path] = _try(template, value, facts)
        return Outcome(
            value,
            orjson.dumps({"key": self.world.new_key(name), "adopted": True}),
            diagnostics=[
                Diagnostic(
                    f"{name} imported by its id alone",
                    f'{LABEL}. Nothing is known of "{identifier}" but its id: the next apply takes the rest as configured.',
                    warning=True,
                )
            ],
        )

    def read_data(self, name: str, config: dict[str, Any], facts: dict[str, Any]) -> Outcome:
        """What a data source answers: an object of the world where one fits, else what the rules say."""
        schema, rules = self.of("data_sources", name)
        if (fault := self._fault("read", f"data.{name}", config)) is not None:
            return Outcome(None, diagnostics=[_failure(fault, f"data.{name}")])
        computed = documents.DOCUMENTS.get(name)
        value: dict[str, Any] = {path: config.get(path) for path in schema.block.blocks}
        for path, attribute in schema.block.attributes.items():
            answered = attribute.computed or path in rules.values or path in rules.derive
            value[path] = (
                config[path] if config.get(path) is not None else rules.defaults.get(path, UNKNOWN if answered else None)
            )
        for path in rules.computed_blocks:
            if not config.get(path):
                value[path] = UNKNOWN
        if computed is not None:
            value |= computed(config)
        asked = {path: v for path, v in config.items() if isinstance(v, str | int | bool) and path in schema.block.attributes}
        if asked and (found := self.world.find(name, asked)):
            value |= {path: v for path, v in found[0][1].items() if path in value and is_unknown(value[path])}
        made = planning.fill(schema.block, rules, value, facts, token("data", name, orjson.dumps(config, default=str)))
        return Outcome(made)

    def open(self, name: str, config: dict[str, Any], facts: dict[str, Any]) -> Outcome:
        """An ephemeral resource's values: what is not configured is made up, anew each time."""
        schema, rules = self.of("ephemeral", name)
        value = {
            path: UNKNOWN if config.get(path) is None and a.computed else config.get(path)
            for path, a in schema.block.attributes.items()
        }
        value |= {path: config.get(path) for path in schema.block.blocks}
        return Outcome(planning.fill(schema.block, rules, value, facts, self.world.new_key(name)))

    def _fault(self, moment: Moment, name: str, values: Any) -> Fault | None:
        fault = self.world.fault(moment, name, values)
        if fault is not None and fault.kind == "hang":
            self.stopped.wait(fault.seconds)
        return fault


def _failure(fault: Fault, name: str) -> Diagnostic:
    if fault.kind == "error":
        return Diagnostic(f"{fault.moment} {name}: {fault.message}", f"{LABEL}. A fault that the test asked for.")
    return Diagnostic(
        f"{fault.moment} {name}: timeout while waiting for the object to become ready",
        f"{LABEL}. A fault that the test asked for.",
    )


def _counted(rules: Rules, prior: dict[str, Any] | None, planned: dict[str, Any]) -> dict[str, int]:
    """Versions and generations that a change moves on by one."""
    moved = [path for path in rules.changes if is_unknown(planned.get(path))]
    return {path: prior[path] + 1 for path in moved if isinstance(prior.get(path), int)} if prior else {}


def _private(private: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(private or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _try(template: Any, value: dict[str, Any], facts: dict[str, Any]) -> Any:
    try:
        return render(template, Scope([value], facts, ""))
    except NotKnown:
        return None
