"""Runs a core on a root or module, hermetic or real, without leaving anything beside its files.

Hermetic: the core runs in a shadow of the repository's `terraform/` tree, links to the real files with the root's own directory
made for real, so that state, `.terraform` and an override of the remote backend stay out of the working tree; messages name the
same relative paths. Real (`BALLAST_TF_MODE=real`): the core runs in the root itself, with its backend and real providers.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Literal, Self

from ballast.repo import CannotRun
from ballast.terraform.core import Core, find_core
from ballast.terraform.hermetic import Server
from ballast.terraform.hermetic.mirror import build

type Mode = Literal["hermetic", "real"]

OWN = {".terraform", ".terraform.lock.hcl", "terraform.tfstate", "terraform.tfstate.backup", ".terraform.tfstate.lock.info"}
"""What a core writes beside a root: made anew in the shadow, never linked."""
READ = {"alerts", "dashboards"}
"""What roots read beside terraform/: the shadow has links to it."""
OVERRIDE = "ballast_override.tf"
EXAMPLE = "outputs.example.json"
"""Committed outputs of a root, for the roots that read its state (docs/hermetic.md)."""
BACKEND = re.compile(r'^\s*(backend\s+"|cloud\s*\{)', re.MULTILINE)
REMOTE_STATE = re.compile(r'^data "terraform_remote_state" "([\w-]+)"', re.MULTILINE)
_REMOTE = """data "terraform_remote_state" "{name}" {{
  backend = "local"
  config  = {{ path = "${{path.module}}/{file}" }}
}}
"""
PROTECTED = re.compile(r'^resource "(\w+)" "([\w-]+)" \{\n(?:(?!\}).*\n)*?\s+prevent_destroy\s*=\s*true$', re.MULTILINE)


def mode_from(env: Mapping[str, str]) -> Mode:
    """`BALLAST_TF_MODE`, hermetic by default. Raises CannotRun for another word."""
    match env.get("BALLAST_TF_MODE") or "hermetic":
        case "hermetic":
            return "hermetic"
        case "real":
            return "real"
        case other:
            raise CannotRun(f"BALLAST_TF_MODE={other}: write hermetic or real")


def repository(start: Path) -> Path:
    """The nearest directory at or above `start`, or else the current one, with terraform/schemas. Raises CannotRun without."""
    here = Path.cwd()
    for folder in (start.resolve(), *start.resolve().parents, here, *here.parents):
        if (folder / "terraform" / "schemas").is_dir():
            return folder
    raise CannotRun(f"{start} is not inside a repository with terraform/schemas: make it with `ballast schemas add`")


def shadow(repo: Path, root: Path, into: Path, *, unprotect: bool = False) -> Path:
    """Make or refresh the shadow of `root` under `into`; returns the directory for the core. State in it stays.

    Where the root reads another's state (`data "terraform_remote_state" "cluster"`), the shadow reads that root's committed
    `outputs.example.json` instead; the data source is named after the root, which is its neighbour.

    `unprotect` lifts `prevent_destroy` in the root and the modules beside it, so that a test can clean up after itself: only
    Terraform from 1.14 on does so on its own in `terraform test`.
    """
    try:
        steps = root.resolve().relative_to(repo.resolve()).parts
    except ValueError:
        repo, steps = root.resolve().parent, (root.resolve().name,)
    here, there = repo.resolve(), into
    for step in steps:
        there.mkdir(parents=True, exist_ok=True)
        if here != repo.resolve():
            _link(here, there, leave={step})
        else:
            _link(here, there, leave={path.name for path in here.iterdir()} - READ)
        here, there = here / step, there / step
        if there.is_symlink():
            there.unlink()
    there.mkdir(parents=True, exist_ok=True)
    _link(here, there, leave=OWN | {OVERRIDE})
    for state in there.glob("ballast_*.tfstate"):
        state.unlink()
    backend = any(BACKEND.search(path.read_text(errors="replace")) for path in here.glob("*.tf"))
    local = 'terraform {\n  backend "local" {}\n}\n' if backend else ""
    _override(there, local + _remote_states(here, there) + (_lifted(here) if unprotect else ""))
    if unprotect:
        for module in here.parent.iterdir():
            if module != here and (text := _lifted(module)):
                copy = there.parent / module.name
                if copy.is_symlink():
                    copy.unlink()
                copy.mkdir(exist_ok=True)
                _link(module, copy, leave=OWN | {OVERRIDE})
                _override(copy, text)
    return there


def _remote_states(root: Path, there: Path) -> str:
    """Overrides that lead each remote state to a local one, which is written into the shadow."""
    found = []
    for name in sorted({n for path in root.glob("*.tf") for n in REMOTE_STATE.findall(path.read_text(errors="replace"))}):
        example = root.parent / name / EXAMPLE
        try:
            outputs = json.loads(example.read_bytes())
        except FileNotFoundError:
            raise CannotRun(
                f"{root} reads the state of {name}, and {example} is not there: `ballast tf example` makes it"
            ) from None
        except ValueError as error:
            raise CannotRun(f"{example} is no JSON: {error}") from None
        state = {
            "version": 4,
            "terraform_version": "1.11.0",
            "serial": 1,
            "lineage": "ballast-example",
            "outputs": {key: {"value": value, "type": _type(value)} for key, value in outputs.items()},
            "resources": [],
        }
        file = f"ballast_{name}.tfstate"
        (there / file).write_text(json.dumps(state))
        found.append(_REMOTE.format(name=name, file=file))
    return "".join(found)


def _type(value: Any) -> Any:
    """The type of a JSON value as a state writes it."""
    match value:
        case None:
            return "dynamic"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return ["tuple", [_type(item) for item in value]]
    return ["object", {key: _type(item) for key, item in value.items()}]


def _lifted(module: Path) -> str:
    """Overrides that lift `prevent_destroy`; empty when nothing in the directory has it."""
    found = [match for path in sorted(module.glob("*.tf")) for match in PROTECTED.findall(path.read_text(errors="replace"))]
    block = 'resource "{}" "{}" {{\n  lifecycle {{\n    prevent_destroy = false\n  }}\n}}\n'
    return "".join(block.format(*names) for names in found)


def _override(folder: Path, text: str) -> None:
    """Terraform merges a file of this name over the others; none without text."""
    if text:
        (folder / OVERRIDE).write_text(text)
    else:
        (folder / OVERRIDE).unlink(missing_ok=True)


def _link(source: Path, target: Path, leave: set[str]) -> None:
    """Link every entry of `source` into `target`; drop links to what is gone."""
    for path in target.iterdir():
        if path.is_symlink() and (path.name in leave or not path.exists()):
            path.unlink()
    for path in source.iterdir():
        link = target / path.name
        if path.name not in leave and not link.exists():
            link.unlink(missing_ok=True)
            with suppress(FileExistsError):  # another command in the same root was quicker
                link.symlink_to(path)


class Workspace:
    """One root or module to run a core on. A context manager: it starts the hermetic server unless it is given one.

        with Workspace(Path("terraform/environments/staging/aws/cluster")) as tf:
            tf.init()
            tf.run("plan", "-out=plan.bin")
            plan = tf.json("show", "-json", "plan.bin")

    `into` is where the shadow goes (default: `.ballast/tf/<root>` in the repository). With `mirror` the core starts the
    providers itself, from a filesystem mirror beside the shadow: a plain `terraform init` then needs no reattachment.
    With `unprotect` nothing is held by `prevent_destroy` (see `shadow`); such a workspace has a default place of its own.
    Without `announce` the caller says that results are hermetic, not each run of the core.
    """

    def __init__(
        self,
        root: Path,
        *,
        into: Path | None = None,
        core: Core | None = None,
        server: Server | None = None,
        mode: Mode | None = None,
        env: Mapping[str, str] | None = None,
        mirror: bool = False,
        unprotect: bool = False,
        announce: bool = True,
    ) -> None:
        if not root.is_dir() or not any(root.glob("*.tf")):
            raise CannotRun(f"{root} has no *.tf files: name a root such as terraform/environments/staging/aws/cluster")
        self.env = dict(os.environ if env is None else env)
        self.mode = mode or mode_from(self.env)
        self.root = root
        self.core = core or find_core(self.env)
        self._stack = ExitStack()
        self._into, self._server, self._mirror, self._unprotect = into, server, mirror, unprotect
        self._announce = announce
        self.folder = root

    def __enter__(self) -> Self:
        if self.mode == "real":
            self.env |= {"CHECKPOINT_DISABLE": "1"}
            return self
        repo = repository(self.root)
        if self._into is None:
            name = re.sub(r"[^\w.-]+", "-", str(_relative(self.root, repo)))
            self._into = repo / ".ballast" / "tf" / (f"{name}-unprotected" if self._unprotect else name)
        self.folder = shadow(repo, self.root, self._into, unprotect=self._unprotect)
        schemas = repo / "terraform" / "schemas"
        if self._mirror:
            self.env |= build(schemas, self._into.parent / "providers")
            return self
        if self._server is None:
            self._server = self._stack.enter_context(Server(schemas, announce=self._announce))
        self.env |= self._server.environment()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    @property
    def server(self) -> Server:
        """The hermetic server in use. Raises CannotRun in real mode and with a mirror."""
        if self._server is None:
            raise CannotRun("there is no hermetic server in real mode, nor with a mirror")
        return self._server

    def init(self) -> None:
        """`terraform init`, silent when it works. Raises CannotRun with what the core said when it does not."""
        done = self.run("init", "-no-color", "-input=false", capture=True)
        if done.returncode:
            raise CannotRun(f"{self.core} could not initialise {self.root}:\n{(done.stdout + done.stderr).strip()}")

    def run(self, *arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
        """Run the core; its output is shown, or captured. Ctrl-C and SIGTERM reach the core, which finishes in order."""
        command = [str(self.core.path), *arguments]
        pipe = subprocess.PIPE if capture else None
        with (
            subprocess.Popen(command, cwd=self.folder, env=self.env, stdout=pipe, stderr=pipe, text=True) as child,
            _passing_on(child),
        ):
            out, err = child.communicate()
        return subprocess.CompletedProcess(command, child.returncode, out or "", err or "")

    def plan(self, *arguments: str, capture: bool = False) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
        """`terraform plan`, and the plan as JSON (`terraform show -json`); an empty one when planning failed.

        `-detailed-exitcode` may be among the arguments; `-out` too, else the plan file does not stay.
        """
        given = next((a.partition("=")[2] for a in arguments if re.match(r"--?out=", a)), None)
        file = given or f".ballast-{os.getpid()}.tfplan"
        done = self.run("plan", *arguments, *([] if given else [f"-out={file}"]), capture=capture)
        try:
            return done, self.json("show", "-json", file) if done.returncode in (0, 2) else {}
        finally:
            if given is None:
                (self.folder / file).unlink(missing_ok=True)

    def start(self, *command: str) -> int:
        """Run another command (a shell) in the root with the core first on PATH as `terraform`; its exit code."""
        bin_ = (self._into or self.folder / ".terraform").parent / "bin"
        bin_.mkdir(parents=True, exist_ok=True)
        link = bin_ / "terraform"
        link.unlink(missing_ok=True)
        link.symlink_to(self.core.path)
        env = self.env | {"PATH": f"{bin_.resolve()}{os.pathsep}{self.env.get('PATH', '')}"}
        try:
            with subprocess.Popen(command, cwd=self.folder, env=env, text=True) as child, _passing_on(child):
                return child.wait()
        except OSError as error:
            raise CannotRun(f"{command[0]} cannot be started: {error.strerror}") from None

    def json(self, *arguments: str) -> Any:
        """Run the core and parse what it prints. Raises CannotRun when it fails or prints no JSON."""
        done = self.run(*arguments, capture=True)
        if done.returncode == 0:
            try:
                return json.loads(done.stdout)
            except ValueError:
                pass
        raise CannotRun(
            f"`{self.core.path.name} {' '.join(arguments)}` in {self.root} failed:\n{(done.stdout + done.stderr).strip()}"
        )


def _relative(path: Path, base: Path) -> Path:
    resolved = path.resolve()
    return resolved.relative_to(base) if resolved.is_relative_to(base) else Path(resolved.name)


@contextmanager
def _passing_on(child: subprocess.Popen[str]) -> Iterator[None]:
    """While the child runs, Ctrl-C is the child's (the terminal sends it to both) and SIGTERM is passed on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def forward(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            child.terminate()

    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
