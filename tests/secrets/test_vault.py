"""The client of Vault. Without VAULT_ADDR it talks to the receiver of ballast.stack that speaks Vault's documented API; with
VAULT_ADDR and a VAULT_TOKEN that may set things up (`vault server -dev`), the same tests talk to that server. What only the
receiver can do (be sealed, take a pod's token) skips there.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ballast.repo import CannotRun
from ballast.secrets import Leased, Vault, VaultSettings, from_environment, read_dotenv
from ballast.stack import Postgres, Stack, wait_until
from ballast.stack import Vault as Server

POLICY = """
path "secret/data/apps/*" { capabilities = ["read"] }
path "database/creds/app" { capabilities = ["read"] }
path "sys/leases/revoke" { capabilities = ["update"] }
"""
PATIENCE = 30


class Place:
    """A Vault that was set up: an AppRole, an issuer of JWTs, secrets, and a database whose users it makes."""

    def __init__(self, address: str, token: str, server: Server | None, database: Postgres, folder: Path) -> None:
        import hvac

        self.address, self.server, self.database, self.folder = address, server, database, folder
        self.admin: Any = hvac.Client(url=address, token=token)
        self.admin.session.trust_env = False
        self.key = folder / "issuer.pem"

    def set_up(self) -> None:
        admin = self.admin
        for enable, kind in ((admin.sys.enable_auth_method, "approle"), (admin.sys.enable_auth_method, "jwt")):
            self._unless_there(enable, kind)
        self._unless_there(admin.sys.enable_secrets_engine, "database")
        admin.sys.create_or_update_acl_policy("ballast-test", POLICY)
        admin.auth.approle.create_or_update_approle(
            "ballast-test", token_policies=["ballast-test"], token_ttl="60s", token_max_ttl="120s"
        )
        admin.auth.approle.create_or_update_approle(
            "ballast-brief", token_policies=["ballast-test"], token_ttl="1s", token_max_ttl="2s"
        )
        admin.secrets.kv.v2.create_or_update_secret(
            path="apps/shop", secret={"user": "shop", "key": "one"}, mount_point="secret"
        )
        admin.secrets.kv.v2.create_or_update_secret(path="others/shop", secret={"key": "x"}, mount_point="secret")
        self._issuer()
        self._database()

    def _unless_there(self, enable: Any, kind: str) -> None:
        import hvac.exceptions

        with suppress(hvac.exceptions.InvalidRequest):  # it is in use already
            enable(kind)

    def _issuer(self) -> None:
        from cryptography.hazmat.primitives import serialization as s
        from cryptography.hazmat.primitives.asymmetric import rsa

        self.signer = rsa.generate_private_key(65537, 2048)
        public = self.signer.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode()
        self.admin.auth.jwt.configure(jwt_validation_pubkeys=[public], bound_issuer="https://ci.acme.example")
        self.admin.auth.jwt.create_role(
            "ballast-ci", user_claim="sub", allowed_redirect_uris=[], role_type="jwt", bound_audiences=["vault"],
            bound_subject="repo:acme/ballast:environment:production", token_policies=["ballast-test"],
        )  # fmt: skip

    def jwt(self, **changes: object) -> str:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        claims = {"iss": "https://ci.acme.example", "aud": "vault", "sub": "repo:acme/ballast:environment:production"}
        claims |= {"exp": int(time.time()) + 300, "iat": int(time.time()), **changes}
        parts = [{"alg": "RS256", "typ": "JWT"}, claims]
        signed = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
        signature = self.signer.sign(signed, PKCS1v15(), SHA256())
        return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()

    def _database(self) -> None:
        self.admin.secrets.database.configure(
            "shop", plugin_name="postgresql-database-plugin", connection_url=self.database.url, allowed_roles=["app", "brief"],
        )  # fmt: skip
        statements = ["CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'"]
        for role, ttl, most in (("app", "60s", "120s"), ("brief", "2s", "4s")):
            self.admin.secrets.database.create_role(
                role, db_name="shop", creation_statements=statements, default_ttl=ttl, max_ttl=most
            )

    def client(self, role: str = "ballast-test", **changes: Any) -> Vault:
        import secrets

        file = self.folder / f"secret-id-{secrets.token_hex(4)}"
        file.write_text(self.admin.auth.approle.generate_secret_id(role)["data"]["secret_id"] + "\n")
        role_id = self.admin.auth.approle.read_role_id(role)["data"]["role_id"]
        settings = {"auth": "approle", "role": role_id, "secret_id_file": str(file)} | changes
        return Vault(VaultSettings(self.address, **settings))

    def can_log_in(self, user: str, password: str) -> bool:
        try:
            psycopg.connect(self.database.url, user=user, password=password, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def exists(self, user: str) -> bool:
        with psycopg.connect(self.database.url) as connection:
            return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (user,)).fetchone() is not None


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("vault")
    with Stack(folder) as stack:
        database = stack.start(Postgres(folder / "postgres"))
        address, token, server = os.environ.get("VAULT_ADDR", ""), os.environ.get("VAULT_TOKEN", ""), None
        if not address:
            server = stack.start(Server(folder / "server"))
            address, token = server.url, "root"
        made = Place(address, token, server, database, folder)
        made.set_up()
        yield made


@pytest.fixture
def receiver(place: Place) -> Iterator[Server]:
    """What only the receiver can be told."""
    if place.server is None:
        pytest.skip("a real Vault is not sealed, stopped or emptied by a test")
    yield place.server
    place.server.state(sealed=False, ttl=60, max_ttl=600)


def test_it_signs_in_and_reads_the_newest_version(place: Place) -> None:
    with place.client() as vault:
        assert vault.read("secret/apps/shop")["user"] == "shop"
        place.admin.secrets.kv.v2.create_or_update_secret(
            path="apps/shop", secret={"user": "shop", "key": "two"}, mount_point="secret"
        )
        assert vault.read("/secret/apps/shop/")["key"] == "two"


def test_what_a_policy_does_not_allow_and_what_is_not_there(place: Place) -> None:
    vault = place.client()
    with pytest.raises(CannotRun, match=r"does not let .* read secret/others/shop"):
        vault.read("secret/others/shop")
    with pytest.raises(CannotRun, match="has nothing there: read secret/apps/none"):
        vault.read("secret/apps/none")
    with pytest.raises(CannotRun, match=r"does not let .* lease database/creds/brief"):
        vault.lease("database/creds/brief")
    assert vault.read("secret/apps/shop"), "it signs in again after a refusal"


def test_a_wrong_half_of_an_approle_is_said_and_not_shown(place: Place, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("c0ffee00-not-it")
    with pytest.raises(CannotRun) as caught:
        place.client(secret_id_file=str(wrong)).read("secret/apps/shop")
    assert "c0ffee" not in str(caught.value)
    with pytest.raises(CannotRun, match="cannot sign in"):
        place.client(secret_id_file=str(tmp_path / "none")).read("secret/apps/shop")
    assert "root" not in repr(VaultSettings("http://x", auth="token", token="root"))


def test_a_workflow_signs_in_by_its_own_token_and_nobody_elses(place: Place) -> None:
    def vault(**changes: object) -> Vault:
        return Vault(VaultSettings(place.address, "ballast-ci", "jwt", jwt=lambda: place.jwt(**changes)))

    assert vault().read("secret/apps/shop")["user"] == "shop"
    for changes in (
        {"sub": "repo:acme/ballast:ref:refs/heads/side"},
        {"aud": "elsewhere"},
        {"exp": int(time.time()) - 3600},
        {"iss": "https://ci.other.example"},
    ):
        with pytest.raises(CannotRun, match=r"refused|does not let"):
            vault(**changes).read("secret/apps/shop")


def test_a_pod_signs_in_by_its_token(place: Place, receiver: Server, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-pods-token\n")
    receiver.put("secret/gateway", {"a": "1"})
    settings = VaultSettings(place.address, "gateway", "kubernetes", jwt_file=str(tmp_path / "token"))
    assert Vault(settings).read("secret/gateway") == {"a": "1"}


def test_database_users_are_made_used_and_dropped(place: Place) -> None:
    with place.client() as vault:
        lease = vault.lease("database/creds/app")
        user, password = lease.values["username"], lease.values["password"]
        assert place.can_log_in(user, password)
        assert password not in repr(lease)
        longer = vault.renew(lease, 90)
        assert longer.values == lease.values
        assert 60 < longer.seconds <= 120
        vault.revoke(lease)
        wait_until(lambda: not place.can_log_in(user, password), PATIENCE, "the user's end")
        with pytest.raises(CannotRun, match="lease"):
            vault.renew(lease)


def test_what_was_leased_ends_with_the_token(place: Place) -> None:
    with place.client() as vault:
        user = vault.lease("database/creds/app").values["username"]
        assert place.exists(user)
    wait_until(lambda: not place.exists(user), PATIENCE, "the user's end")


def test_leases_are_renewed_then_replaced_and_always_good(place: Place) -> None:
    """Two seconds of life, four at the most: over five seconds the user changes, and each one works when it is given."""
    vault = Vault(VaultSettings(place.address, auth="token", token=place.admin.token))
    leased, users = Leased(vault, "database/creds/brief"), []
    ends = time.monotonic() + 5.5
    while time.monotonic() < ends:
        lease = leased.get()
        good = place.can_log_in(lease.values["username"], lease.values["password"])
        assert good or time.monotonic() > lease.given + lease.seconds - 0.5, "it was refused in its time"
        users.append(lease.values["username"])
        time.sleep(0.1)
    assert len(set(users)) >= 2
    leased.close()
    wait_until(lambda: not any(place.exists(user) for user in set(users)), PATIENCE, "the users' end")


def test_tokens_end_and_another_is_had(place: Place) -> None:
    vault = place.client("ballast-brief")
    ends = time.monotonic() + 4
    while time.monotonic() < ends:
        assert vault.read("secret/apps/shop")
        time.sleep(0.2)


def test_sealed_and_gone(place: Place, receiver: Server) -> None:
    vault = place.client()
    assert vault.read("secret/apps/shop")
    receiver.state(sealed=True)
    with pytest.raises(CannotRun, match="sealed"):
        vault.read("secret/apps/shop")
    receiver.state(sealed=False)
    assert vault.read("secret/apps/shop"), "the same client goes on"
    gone = Vault(VaultSettings("http://127.0.0.1:9", auth="token", token="x", timeout_seconds=2))
    with pytest.raises(CannotRun, match="does not answer"):
        gone.read("secret/apps/shop")


def test_credentials_that_are_still_good_outlive_a_sealed_vault(
    place: Place, receiver: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    leased = Leased(place.client(), "database/creds/app")
    first = leased.get()
    receiver.state(sealed=True)
    now = time.monotonic()
    monkeypatch.setattr("ballast.secrets.vault.time.monotonic", lambda: now + 45)
    assert leased.get() is first
    monkeypatch.setattr("ballast.secrets.vault.time.monotonic", lambda: now + 75)
    with pytest.raises(CannotRun, match="sealed"):
        leased.get()


def test_the_environment_says_who_we_are(place: Place) -> None:
    assert from_environment({}) is None
    with pytest.raises(CannotRun, match="VAULT_TOKEN is not"):
        from_environment({"VAULT_ADDR": place.address})
    with pytest.raises(CannotRun, match="_ROLE is not set"):
        from_environment({"VAULT_ADDR": place.address, "BALLAST_VAULT_AUTH": "jwt"})
    with pytest.raises(CannotRun, match="no way to sign in"):
        from_environment({"VAULT_ADDR": place.address, "BALLAST_VAULT_AUTH": "magic", "BALLAST_VAULT_ROLE": "x"})
    vault = from_environment({"VAULT_ADDR": place.address, "BALLAST_VAULT_AUTH": "jwt", "BALLAST_VAULT_ROLE": "ballast-ci"})
    assert vault is not None
    with pytest.raises(CannotRun, match="id-token: write"):
        vault.read("secret/apps/shop")
    mine = from_environment({"VAULT_ADDR": place.address, "VAULT_TOKEN": place.admin.token})
    assert mine is not None
    assert mine.read("secret/apps/shop")


def test_a_workflows_token_comes_from_github(place: Place, tmp_path: Path) -> None:
    """GitHub's endpoint as its documentation has it: a bearer, an audience, and `value` in the answer."""
    program = tmp_path / "github.py"
    program.write_text(
        "import http.server, json, sys\n"
        "class H(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        mine = self.headers['Authorization'] == 'Bearer runner'\n"
        "        good = mine and 'audience=vault' in self.path and 'v=2' in self.path\n"
        "        body = json.dumps({'value': sys.argv[1]}).encode()\n"
        "        self.send_response(200 if good else 401); self.end_headers(); self.wfile.write(body if good else b'{}')\n"
        "    def log_message(self, *_): pass\n"
        "server = http.server.HTTPServer(('127.0.0.1', 0), H)\n"
        "print(server.server_port, flush=True); server.serve_forever()\n"
    )
    with subprocess.Popen([sys.executable, str(program), place.jwt()], stdout=subprocess.PIPE, text=True) as github:
        try:
            assert github.stdout is not None
            port = github.stdout.readline().strip()
            env = {
                "VAULT_ADDR": place.address, "BALLAST_VAULT_AUTH": "jwt", "BALLAST_VAULT_ROLE": "ballast-ci",
                "BALLAST_VAULT_AUDIENCE": "vault", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "runner",
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{port}/token?v=2",
            }  # fmt: skip
            vault = from_environment(env)
            assert vault is not None
            assert vault.read("secret/apps/shop")["user"] == "shop"
            refused = from_environment(env | {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "other"})
            assert refused is not None
            with pytest.raises(CannotRun, match="GitHub gave no token"):
                refused.read("secret/apps/shop")
        finally:
            github.terminate()


def test_the_key_of_plan_bundles_comes_from_vault(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ballast.release.seal import bundle_key

    key = os.urandom(32)
    for path, value in (("apps/bundle", base64.b64encode(key).decode()), ("apps/short", "c2hvcnQ=")):
        place.admin.secrets.kv.v2.create_or_update_secret(path=path, secret={"key": value}, mount_point="secret")
    for name, value in (
        ("BALLAST_VAULT_AUTH", "jwt"),
        ("BALLAST_VAULT_ROLE", "ballast-ci"),
        ("BALLAST_BUNDLE_KEY_VAULT", "secret/apps/bundle"),
    ):
        monkeypatch.setenv(name, value)
    (tmp_path / "token").write_text(place.jwt())
    monkeypatch.setenv("BALLAST_VAULT_JWT_FILE", str(tmp_path / "token"))
    monkeypatch.delenv("VAULT_ADDR", raising=False)
    with pytest.raises(CannotRun, match="VAULT_ADDR is not"):
        bundle_key(tmp_path)
    monkeypatch.setenv("VAULT_ADDR", place.address)
    assert bundle_key(tmp_path) == key
    monkeypatch.setenv("BALLAST_BUNDLE_KEY_VAULT", "secret/apps/short")
    with pytest.raises(CannotRun, match="is no key"):
        bundle_key(tmp_path)


def test_dotenv_is_for_development(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# x\nexport A='1'\nB=2 \nnothing\n")
    assert read_dotenv(path, {}) == read_dotenv(path, {"BALLAST_ENVIRONMENT": "development"}) == {"A": "1", "B": "2"}
    for env in (
        {"BALLAST_ENVIRONMENT": "production"},
        {"BALLAST_ENVIRONMENT": "staging"},
        {"KUBERNETES_SERVICE_HOST": "10.0.0.1"},
    ):
        with pytest.raises(CannotRun, match="for development"):
            read_dotenv(path, env)
        assert read_dotenv(tmp_path / "none", env) == {}


def test_a_mounted_secret_is_none_that_was_left_there(tmp_path: Path) -> None:
    """As a pod sees it: the file is on a mount that cannot be written to."""
    (tmp_path / ".env").write_text("A=1\n")
    code = "from pathlib import Path; from ballast.secrets import read_dotenv; print(read_dotenv(Path('.env')))"
    mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$1" -c "$2"'
    words = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", mount, str(tmp_path)]
    done = subprocess.run(
        [*words, sys.executable, code],
        env={**os.environ, "BALLAST_ENVIRONMENT": "production"},
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no mount namespaces here: {done.stderr.strip()}")
    assert done.stdout == "{'A': '1'}\n", done.stderr
