"""What a provider does with values between a configuration and a state: plan, fill in, compare.

The rules that a core holds providers to: a planned value equals the configuration wherever that sets one; a computed value is
kept from the prior state, or unknown when there is none; apply changes nothing that was planned as known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ballast.terraform.hermetic.rules import Rules
from ballast.terraform.hermetic.schema import Attribute, Block, CtyType, Nested
from ballast.terraform.hermetic.templates import NotKnown, Scope, render
from ballast.terraform.hermetic.values import UNKNOWN, at, elements, empty, is_unknown, rebuilt, wholly_known

type Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    """The path as rules write it, without indices."""
    return ".".join(step for step in path if isinstance(step, str))


def plan(
    block: Block,
    rules: Rules,
    config: dict[str, Any],
    proposed: dict[str, Any],
    prior: dict[str, Any] | None,
    facts: dict[str, Any],
) -> dict[str, Any]:
    """The planned object. `proposed` is the core's merge of configuration and prior state; `prior` is None for a create."""
    planned = _plan_block(block, rules, config, proposed, prior, ())
    for path, template in rules.derive.items():
        if (attribute := block.attributes.get(path)) is not None and config.get(path) is None:
            try:
                value = render(template, Scope([planned], facts, "", path))
                planned[path] = value if attribute.type != "number" or value is None else int(value)
            except NotKnown:
                planned[path] = UNKNOWN
    if prior is not None:
        _forget_what_changes(rules, planned, prior, config)
    return planned


def _plan_block(block: Block, rules: Rules, config: Any, proposed: Any, prior: Any, path: Path) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, attribute in block.attributes.items():
        out[name] = _plan_attribute(
            attribute, rules, _child(config, name), proposed.get(name), _child(prior, name), prior is None, (*path, name)
        )
    for name, nested in block.blocks.items():
        here = (*path, name)
        value, before = proposed.get(name), _child(prior, name)
        if not value and dotted(here) in rules.computed_blocks and not _child(config, name):
            out[name] = UNKNOWN if prior is None else before
            continue
        made = [
            _plan_block(
                nested.block,
                rules,
                _match(config, name, nested.mode, key, item),
                item,
                _before(before, nested.mode, key, item),
                here,
            )
            for key, item in elements(value, nested.mode)
        ]
        out[name] = rebuilt(value, nested.mode, made)
    return out


def _plan_attribute(
    attribute: Attribute, rules: Rules, config: Any, proposed: Any, prior: Any, creating: bool, path: Path
) -> Any:
    if attribute.write_only:
        return None
    if config is None:
        if proposed is None and (default := rules.defaults.get(dotted(path))) is not None:
            return default
        if attribute.computed and proposed is None:  # protocol 5 proposes nothing inside an attribute of an object type
            return UNKNOWN if creating else prior
        return proposed
    if attribute.nested is not None and proposed is not None and not is_unknown(proposed):
        return _plan_nested(attribute.nested, rules, config, proposed, prior, path)
    return proposed


def _plan_nested(nested: Nested, rules: Rules, config: Any, proposed: Any, prior: Any, path: Path) -> Any:
    made = []
    for key, item in elements(proposed, nested.mode):
        before = _before(prior, nested.mode, key, item)
        setting = config if key is None else item if nested.mode == "set" else config[key]
        if item is None or is_unknown(item):
            made.append(item)
            continue
        made.append(
            {
                name: _plan_attribute(
                    a, rules, _child(setting, name), item.get(name), _child(before, name), before is None, (*path, name)
                )
                for name, a in nested.attributes.items()
            }
        )
    return rebuilt(proposed, nested.mode, made)


def _child(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _match(config: Any, name: str, mode: str, key: str | int | None, item: Any) -> Any:
    """The configuration of one nested block. A set's elements have no key: what a proposal sets, the configuration set."""
    value = _child(config, name)
    if value is None or is_unknown(value):
        return None
    if key is None:
        return value
    if mode == "set":
        return item
    return value[key] if mode == "map" or (isinstance(key, int) and key < len(value)) else None


def _before(prior: Any, mode: str, key: str | int | None, item: Any) -> Any:
    """The prior state of one nested block or attribute: by key, in a set an element that agrees in all that is set."""
    if prior is None or is_unknown(prior):
        return None
    if key is None:
        return prior
    if mode == "map":
        return prior.get(key)
    if mode == "list":
        return prior[key] if isinstance(key, int) and key < len(prior) else None
    return next((old for old in prior if all(new is None or new == old.get(name) for name, new in (item or {}).items())), None)


def _forget_what_changes(rules: Rules, planned: dict[str, Any], prior: dict[str, Any], config: dict[str, Any]) -> None:
    changed = {path for path in planned if planned[path] != prior.get(path) and path not in rules.derive}
    for path, causes in rules.changes.items():
        if (
            path in planned
            and config.get(path) is None
            and changed & (set(planned) if causes == ["*"] else {cause.split(".")[0] for cause in causes})
        ):
            planned[path] = UNKNOWN


def replacements(rules: Rules, prior: dict[str, Any], planned: dict[str, Any], config: dict[str, Any]) -> list[Path]:
    """Paths of force-new attributes that differ. A computed value that nobody set does not count, an unknown one does."""
    found: list[Path] = []
    for rule in rules.force_new:
        steps = tuple(rule.split("."))
        old, new = dict(at(prior, steps)), dict(at(planned, steps))
        for path in sorted({*old, *new}, key=str):
            before, after = old.get(path), new.get(path)
            if before != after and not (before in (None, []) and after in (None, [])):
                found.append(path)
    return found


def value_at(value: Any, path: Path) -> Any:
    """The value at a path with its indices; None where the path ends early."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def fill(block: Block, rules: Rules, value: dict[str, Any], facts: dict[str, Any], token: str) -> dict[str, Any]:
    """The object with every unknown made known, by its template where there is one, else by the attribute's name and type."""
    for last in (False, False, False, True):  # templates may need each other's values
        value = _fill_block(block, rules, value, [value], facts, token, (), last)
        if wholly_known(value):
            break
    return value


def _fill_block(
    block: Block, rules: Rules, value: Any, scopes: list[Any], facts: dict[str, Any], token: str, path: Path, last: bool
) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, attribute in block.attributes.items():
        out[name] = _fill_attribute(attribute, rules, value.get(name), scopes, facts, token, (*path, name), last)
    for name, nested in block.blocks.items():
        here, inner = (*path, name), value.get(name)
        if is_unknown(inner):
            inner = _made_block(nested.block, nested.mode, rules, scopes, facts, token, here, last)
        made = [
            _fill_block(nested.block, rules, item, [item, *scopes], facts, token, here, last)
            for _, item in elements(inner, nested.mode)
        ]
        out[name] = rebuilt(inner, nested.mode, made)
    return out


def _made_block(
    block: Block, mode: str, rules: Rules, scopes: list[Any], facts: dict[str, Any], token: str, path: Path, last: bool
) -> Any:
    """What the provider puts into a computed block: as its template says, else one block (none in a set or map)."""
    template = rules.values.get(dotted(path))
    try:
        made = render(template, Scope(scopes, facts, token)) if template is not None else None
    except NotKnown:
        if not last:
            return UNKNOWN
        made = None
    if made is None:
        made = [{}] if mode == "list" else {} if mode in ("single", "group", "map") else []
    unset = {name: UNKNOWN if a.computed else rules.defaults.get(dotted((*path, name))) for name, a in block.attributes.items()}
    return rebuilt(made, mode, [empty(block) | unset | item for _, item in elements(made, mode)])


def _fill_attribute(
    attribute: Attribute, rules: Rules, value: Any, scopes: list[Any], facts: dict[str, Any], token: str, path: Path, last: bool
) -> Any:
    if is_unknown(value):
        template = rules.values.get(dotted(path), rules.derive.get(dotted(path)))
        if template is None:
            return made_up(attribute, token)
        try:
            return cast(attribute, render(template, Scope(scopes, facts, token, attribute.name)))
        except NotKnown:
            return made_up(attribute, token) if last else value
    if attribute.nested is not None and value is not None:
        made = []
        for _, item in elements(value, attribute.nested.mode):
            known = (
                item
                if item is None or is_unknown(item)
                else dict(_fill_object(attribute.nested, rules, item, scopes, facts, token, path, last))
            )
            made.append(known)
        return rebuilt(value, attribute.nested.mode, made)
    return value


def _fill_object(
    nested: Nested,
    rules: Rules,
    item: dict[str, Any],
    scopes: list[Any],
    facts: dict[str, Any],
    token: str,
    path: Path,
    last: bool,
) -> Iterator[tuple[str, Any]]:
    for name, attribute in nested.attributes.items():
        yield name, _fill_attribute(attribute, rules, item.get(name), [item, *scopes], facts, token, (*path, name), last)


def cast(attribute: Attribute, value: Any) -> Any:
    """A rendered template as the attribute's type."""
    if value is None:
        return nothing(attribute)
    if attribute.type == "number" and isinstance(value, str):
        return int(value) if value.lstrip("-").isdigit() else float(value)
    if attribute.type == "bool" and isinstance(value, str):
        return value == "true"
    return str(value) if attribute.type == "string" and not isinstance(value, str) else value


def made_up(attribute: Attribute, token: str) -> Any:
    """A plausible computed value where no rule says one."""
    name = attribute.name
    if attribute.type == "string":
        if name == "id" or (
            name.endswith(("_id", "_uid", "_arn", "uid", "arn", "self_link", "fingerprint", "etag")) and not attribute.optional
        ):
            return token[:17]
        if name.endswith(("_at", "_time", "_date", "_timestamp")):
            return "2026-01-01T00:00:00Z"
        return "" if attribute.optional else f"{name.replace('_', '-')}-{token[:8]}"
    return nothing(attribute)


def nothing(attribute: Attribute) -> Any:
    """The empty value of the attribute's type; null for an object."""
    kind: CtyType | None = attribute.type
    if attribute.nested is not None:
        return None if attribute.nested.mode == "single" else {} if attribute.nested.mode == "map" else []
    if kind in ("string", "number", "bool"):
        return {"string": "", "number": 0, "bool": False}[str(kind)]
    return {"list": [], "set": [], "map": {}}.get(str(kind[0])) if isinstance(kind, list) else None
