"""Secrets from HashiCorp Vault: signing in, KV version 2, credentials that live as long as a lease, renewal, revocation.

Nothing here keeps a secret longer than its reader does. API: https://developer.hashicorp.com/vault/api-docs (auth/approle,
auth/kubernetes, auth/jwt, auth/token, secret/kv/kv-v2, secret/databases, system/leases).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ballast.repo import CannotRun

AUTHS = ("kubernetes", "approle", "jwt", "token")
POD_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - where it is, not what
RENEW_AT = 2 / 3
"""Part of a life after which it is made longer."""


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """Where Vault is and who we are there.

    `auth`: kubernetes (the pod's token in `jwt_file`), approle (`role` is the role's id, `secret_id_file` has the other half),
    jwt (a token of an OIDC issuer such as GitHub: in `jwt_file`, or asked for by `jwt`), token (`token`, somebody's own).
    """

    address: str
    role: str = ""
    auth: str = "kubernetes"
    mount: str = ""
    jwt_file: str = POD_TOKEN
    jwt: Callable[[], str] | None = field(default=None, repr=False)
    secret_id_file: str = ""
    token: str = field(default="", repr=False)
    ca: str = ""
    cert: str = ""
    key: str = ""
    namespace: str = ""
    timeout_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Lease:
    """Credentials that end: `values` (username, password) are good for `seconds` from when they were given."""

    id: str
    seconds: float
    renewable: bool
    values: Mapping[str, str] = field(repr=False)
    given: float = field(default_factory=time.monotonic)

    @property
    def renew_at(self) -> float:
        """Monotonic time from which they should be made to live longer, or be replaced."""
        return self.given + self.seconds * RENEW_AT


class Vault:
    """A client; it signs in at its first use, renews its token, and signs in again where that is not possible.

    Every method raises CannotRun with one sentence: Vault is sealed, does not answer, does not allow it, has no such secret.
    Use it as a context where it should revoke its own token, and with it everything that was leased, at the end.
    """

    def __init__(self, settings: VaultSettings) -> None:
        if settings.auth not in AUTHS:
            raise CannotRun(f"{settings.auth} is no way to sign in to Vault: there is {', '.join(AUTHS)}")
        self.settings = settings
        self._client: Any = None
        self._renew_at = 0.0
        self._ends_at = 0.0

    def __enter__(self) -> Vault:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, path: str) -> dict[str, str]:
        """The newest version of a secret of a KV engine, version 2; `path` is `<mount>/<secret>`."""
        mount, _, name = path.strip("/").partition("/")

        def ask(client: Any) -> Any:
            return client.secrets.kv.v2.read_secret_version(path=name, mount_point=mount, raise_on_deleted_version=True)

        answer = self._ask(f"read {path}", ask)
        return {str(key): str(value) for key, value in answer["data"]["data"].items()}

    def lease(self, path: str) -> Lease:
        """New credentials of a secrets engine: `database/creds/<role>`."""
        answer = self._ask(f"lease {path}", lambda client: client.read(path.strip("/")))
        if answer is None:
            raise CannotRun(f"Vault at {self.settings.address} has nothing there: lease {path}")
        values = {str(key): str(value) for key, value in answer["data"].items()}
        return Lease(answer["lease_id"], float(answer["lease_duration"]), bool(answer["renewable"]), values)

    def renew(self, lease: Lease, seconds: int | None = None) -> Lease:
        """The same credentials for longer; Vault may give fewer `seconds` than are asked for, at the end of their life none."""
        answer = self._ask("renew a lease", lambda client: client.sys.renew_lease(lease.id, increment=seconds))
        return Lease(lease.id, float(answer["lease_duration"]), bool(answer["renewable"]), lease.values)

    def revoke(self, lease: Lease) -> None:
        """End credentials now."""
        self._ask("revoke a lease", lambda client: client.sys.revoke_lease(lease.id))

    def close(self) -> None:
        """Revoke our own token, where we signed in for it. What Vault cannot be told any more ends by itself."""
        client, self._client = self._client, None
        if client is not None and self.settings.auth != "token":
            with suppress(Exception):  # hvac's and requests' own
                client.auth.token.revoke_self()

    def _ask(self, what: str, ask: Callable[[Any], Any]) -> Any:
        """Signed in. A token that is refused may have ended meanwhile: once more with a new one."""
        import hvac.exceptions
        import requests

        where = f"Vault at {self.settings.address}"
        try:
            before = self._client
            self._sign_in_or_renew()
            try:
                return ask(self._client)
            except hvac.exceptions.Forbidden:
                if self._client is not before or self.settings.auth == "token":
                    raise
                self._client = None
                self._sign_in_or_renew()
                return ask(self._client)
        except hvac.exceptions.VaultDown as error:
            raise CannotRun(f"{where} is sealed or down: {_said(error)}") from error
        except (hvac.exceptions.Forbidden, hvac.exceptions.Unauthorized) as error:
            raise CannotRun(f"{where} does not let {self.settings.role or 'this token'} {what}: {_said(error)}") from error
        except hvac.exceptions.InvalidPath as error:
            raise CannotRun(f"{where} has nothing there: {what} ({_said(error)})") from error
        except hvac.exceptions.VaultError as error:
            raise CannotRun(f"{where} refused to {what}: {_said(error)}") from error
        except requests.RequestException as error:
            raise CannotRun(f"{where} does not answer: {type(error).__name__}") from error
        except OSError as error:
            raise CannotRun(f"cannot sign in to {where}: {error.filename or ''}: {error.strerror or error}") from error

    def _sign_in_or_renew(self) -> None:
        import hvac.exceptions

        now = time.monotonic()
        if self._client is not None and now < self._renew_at:
            return
        if self._client is not None and now < self._ends_at:
            try:
                self._lives(self._client.auth.token.renew_self()["auth"], now)
                return
            except hvac.exceptions.VaultDown:
                raise
            except hvac.exceptions.VaultError:  # at the end of its longest life: another one
                pass
        self._client = None
        client = self._connect()
        if self.settings.auth == "token":
            client.token = self.settings.token
            self._renew_at = self._ends_at = float("inf")
        else:
            self._lives(self._sign_in(client)["auth"], now)
        self._client = client

    def _lives(self, auth: Mapping[str, Any], now: float) -> None:
        """Renewed after two thirds of its life; one that cannot be renewed is replaced then. Only a root token has no end."""
        seconds = float(auth["lease_duration"])
        if not seconds and not auth.get("renewable"):
            seconds = float("inf")
        self._renew_at = now + seconds * RENEW_AT
        self._ends_at = now + seconds if auth.get("renewable") else self._renew_at

    def _connect(self) -> Any:
        import hvac
        import requests

        settings = self.settings
        session = requests.Session()
        session.trust_env = not settings.address.startswith(("http://127.0.0.1", "https://127.0.0.1"))
        return hvac.Client(
            url=settings.address,
            token="",
            verify=settings.ca or True,
            cert=(settings.cert, settings.key) if settings.cert else None,
            namespace=settings.namespace or None,
            timeout=settings.timeout_seconds,
            session=session,
        )

    def _sign_in(self, client: Any) -> Mapping[str, Any]:
        settings = self.settings
        mount = settings.mount or settings.auth
        if settings.auth == "approle":
            secret = Path(settings.secret_id_file).read_text().strip() if settings.secret_id_file else None
            answer = client.auth.approle.login(role_id=settings.role, secret_id=secret, mount_point=mount)
        elif settings.auth == "kubernetes":
            answer = client.auth.kubernetes.login(role=settings.role, jwt=self._jwt(), mount_point=mount)
        else:
            answer = client.auth.jwt.jwt_login(role=settings.role, jwt=self._jwt(), path=mount)
        return answer  # type: ignore[no-any-return]

    def _jwt(self) -> str:
        return self.settings.jwt() if self.settings.jwt else Path(self.settings.jwt_file).read_text().strip()


class Leased:
    """Credentials that are always good: renewed while Vault allows it, replaced before they end.

    `get()` asks Vault only when something is due. While Vault is gone those that are still good are given; CannotRun once they
    are not. `close()` revokes them.
    """

    def __init__(self, vault: Vault, path: str) -> None:
        self.vault = vault
        self.path = path
        self._lease: Lease | None = None

    def get(self) -> Lease:
        """The credentials as they are now."""
        lease, now = self._lease, time.monotonic()
        if lease is not None and now < lease.renew_at:
            return lease
        try:
            self._lease = self._next(lease)
        except CannotRun:
            if lease is None or now >= lease.given + lease.seconds:
                raise
            return lease
        return self._lease

    def _next(self, lease: Lease | None) -> Lease:
        if lease is not None and lease.renewable:
            try:
                longer = self.vault.renew(lease)
            except CannotRun:
                pass  # it has ended, or may not live longer
            else:
                if longer.seconds > lease.seconds / 2:  # less means that its longest life is near
                    return longer
        return self.vault.lease(self.path)

    def close(self) -> None:
        """Revoke what was leased."""
        lease, self._lease = self._lease, None
        if lease is not None:
            self.vault.revoke(lease)


def from_environment(given: Mapping[str, str] | None = None) -> Vault | None:
    """The Vault that a command is told of, as Vault's own tools are: `VAULT_ADDR` and `VAULT_TOKEN`, `VAULT_CACERT`,
    `VAULT_CLIENT_CERT`, `VAULT_CLIENT_KEY`, `VAULT_NAMESPACE`; or `BALLAST_VAULT_AUTH` and `BALLAST_VAULT_ROLE` to sign in with
    what this machine has: `BALLAST_VAULT_SECRET_ID_FILE`, `BALLAST_VAULT_JWT_FILE`, or GitHub's OIDC in a workflow. None
    without `VAULT_ADDR`.
    """
    env = os.environ if given is None else given
    if not env.get("VAULT_ADDR"):
        return None
    auth = env.get("BALLAST_VAULT_AUTH") or "token"
    if auth == "token" and not env.get("VAULT_TOKEN"):
        raise CannotRun(
            "VAULT_ADDR is set and VAULT_TOKEN is not: sign in (`vault login`), or set BALLAST_VAULT_AUTH and _ROLE"
        )
    if auth != "token" and not env.get("BALLAST_VAULT_ROLE"):
        raise CannotRun(f"BALLAST_VAULT_AUTH is {auth} and BALLAST_VAULT_ROLE is not set")
    in_workflow = auth == "jwt" and not env.get("BALLAST_VAULT_JWT_FILE")
    return Vault(
        VaultSettings(
            env["VAULT_ADDR"],
            env.get("BALLAST_VAULT_ROLE", ""),
            auth,
            env.get("BALLAST_VAULT_MOUNT", ""),
            env.get("BALLAST_VAULT_JWT_FILE") or POD_TOKEN,
            (lambda: github_token(env)) if in_workflow else None,
            env.get("BALLAST_VAULT_SECRET_ID_FILE", ""),
            env.get("VAULT_TOKEN", "") if auth == "token" else "",
            env.get("VAULT_CACERT", ""),
            env.get("VAULT_CLIENT_CERT", ""),
            env.get("VAULT_CLIENT_KEY", ""),
            env.get("VAULT_NAMESPACE", ""),
        )
    )


def github_token(env: Mapping[str, str]) -> str:
    """A workflow's OIDC token for the audience `BALLAST_VAULT_AUDIENCE` (default: Vault's address).

    Raises CannotRun outside a job with `permissions: id-token: write`.
    """
    import httpx

    url, bearer = env.get("ACTIONS_ID_TOKEN_REQUEST_URL"), env.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if not url or not bearer:
        raise CannotRun("there is no token to sign in to Vault with: BALLAST_VAULT_JWT_FILE, or `permissions: id-token: write`")
    where = httpx.URL(url).copy_merge_params({"audience": env.get("BALLAST_VAULT_AUDIENCE") or env["VAULT_ADDR"]})
    try:
        answer = httpx.get(where, headers={"Authorization": f"Bearer {bearer}"}, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["value"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise CannotRun(f"GitHub gave no token to sign in to Vault with: {type(error).__name__}") from None


def _said(error: Exception) -> str:
    """What Vault said, on one line."""
    errors = getattr(error, "errors", None)
    return " ".join("; ".join(map(str, errors or [])).split())[:300] or type(error).__name__
