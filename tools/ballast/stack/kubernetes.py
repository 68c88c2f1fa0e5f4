"""A real Kubernetes API server on loopback: etcd and kube-apiserver, without controllers, nodes and kubelets.

It judges objects as a cluster would: strict field validation, custom resources by their definitions, admission (Pod Security,
quotas, limit ranges, admission policies) and RBAC. Nothing happens to what it stores.
"""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ballast.repo import CannotRun
from ballast.stack.certificates import Authority
from ballast.stack.ports import LOOPBACK, free_port
from ballast.stack.process import Process
from ballast.stack.toolchain import tool
from ballast.stack.wait import http_ok, wait_until

if TYPE_CHECKING:
    import httpx

MANAGER = "ballast"
"""The field manager of server-side apply."""


class Refused(Exception):
    """The API server did not take an object; the message is the server's own."""


class Etcd(Process):
    """An etcd of one member, plain HTTP on loopback: nothing but test data is in it. Writes are not synced to disk."""

    def __init__(self, directory: Path, *, port: int | None = None, name: str = "etcd") -> None:
        super().__init__(name, directory, port=port)

    def command(self) -> Sequence[str | Path]:
        """An etcd with a peer port of its own."""
        peer = f"http://{LOOPBACK}:{free_port()}"
        return [
            tool("etcd"),
            f"--data-dir={self.directory / 'data'}",
            f"--listen-client-urls={self.url}",
            f"--advertise-client-urls={self.url}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]

    def ready(self) -> bool:
        """Its health endpoint."""
        return http_ok(f"{self.url}/health")


class ApiServer(Process):
    """kube-apiserver over an `Etcd` that runs. Its caller is cluster-admin and may act as anybody (`may`).

    Controllers are not there, so what they would make is missing: a namespace has no service account `default`, and a quota
    binds once `enforce_quota` has done the quota controller's part.
    """

    start_seconds = 90.0

    def __init__(self, directory: Path, etcd: Etcd, *, port: int | None = None, name: str = "kube-apiserver") -> None:
        super().__init__(name, directory, port=port)
        self.etcd = etcd
        self._token = secrets.token_hex(16)
        self._client: httpx.Client | None = None
        self._plurals: dict[str, dict[str, tuple[str, bool]]] = {}

    @property
    def url(self) -> str:
        """HTTPS; its certificate is signed by the authority in `authority`."""
        return f"https://{LOOPBACK}:{self.port}"

    @property
    def authority(self) -> Path:
        """The certificate to verify it by, PEM."""
        return self.directory / "pki" / "authority" / "tls.crt"

    @property
    def kubeconfig(self) -> Path:
        """A configuration file for helm and kubectl, of the same cluster-admin."""
        path = self.directory / "kubeconfig"
        named = {"name": "ballast"}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{**named, "cluster": {"server": self.url, "certificate-authority": str(self.authority)}}],
            "users": [{**named, "user": {"token": self._token}}],
            "contexts": [{**named, "context": {"cluster": "ballast", "user": "ballast"}}],
            "current-context": "ballast",
        }
        path.touch(mode=0o600)
        path.write_bytes(orjson.dumps(config))
        return path

    def prepare(self) -> None:
        """Certificates, the key of service accounts and the administrator's token, once."""
        if (self.directory / "tokens.csv").exists():
            return
        Authority(self.directory / "pki").issue("kube-apiserver", ["kubernetes.default.svc"])
        tokens = self.directory / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f'{self._token},ballast,ballast,"system:masters"\n')

    def command(self) -> Sequence[str | Path]:
        """kube-apiserver with RBAC and the admission plugins that it enables by itself."""
        own = self.directory / "pki" / "kube-apiserver"
        return [
            tool("kube-apiserver"),
            f"--etcd-servers={self.etcd.url}",
            f"--bind-address={LOOPBACK}",
            f"--advertise-address={LOOPBACK}",
            f"--secure-port={self.port}",
            "--endpoint-reconciler-type=none",
            f"--tls-cert-file={own / 'tls.crt'}",
            f"--tls-private-key-file={own / 'tls.key'}",
            f"--token-auth-file={self.directory / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--allow-privileged=true",  # as managed clusters have it: Pod Security decides
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={own / 'tls.crt'}",
            f"--service-account-signing-key-file={own / 'tls.key'}",
            f"--cert-dir={self.directory}",
        ]

    def ready(self) -> bool:
        """Its own readiness, which includes that its roles are written."""
        import httpx

        try:
            return self.client.get("/readyz", timeout=2).is_success
        except httpx.HTTPError:
            return False

    @property
    def client(self) -> httpx.Client:
        """An HTTP client of cluster-admin with the API server as its base."""
        import ssl

        import httpx

        if self._client is None or str(self._client.base_url).rstrip("/") != self.url:
            trusted = ssl.create_default_context(cafile=str(self.authority))
            bearer = {"Authorization": f"Bearer {self._token}"}
            self._client = httpx.Client(base_url=self.url, headers=bearer, verify=trusted, timeout=30, trust_env=False)
        return self._client

    def path(self, document: Mapping[str, Any]) -> str:
        """The API's path of an object. Raises Refused for a kind that the server does not serve."""
        version, kind = str(document.get("apiVersion", "")), str(document.get("kind", ""))
        if kind not in self._plurals.get(version, {}):
            answer = self.client.get(_base(version))
            self._plurals[version] = {
                r["kind"]: (r["name"], r["namespaced"])
                for r in (answer.json().get("resources", ()) if answer.is_success else ())
                if "/" not in r["name"]
            }
        if kind not in self._plurals[version]:
            raise Refused(f'no matches for kind "{kind}" in version "{version}"')
        plural, namespaced = self._plurals[version][kind]
        metadata = document.get("metadata") or {}
        inside = f"/namespaces/{metadata.get('namespace') or 'default'}" if namespaced else ""
        return f"{_base(version)}{inside}/{plural}/{metadata.get('name', '')}"

    def apply(self, document: Mapping[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        """Server-side apply with strict field validation; the object as stored. Raises Refused with the server's words."""
        query = {"fieldManager": MANAGER, "force": "true", "fieldValidation": "Strict"}
        query |= {"dryRun": "All"} if dry_run else {}
        head = {"Content-Type": "application/apply-patch+yaml"}
        return _said(self.client.patch(self.path(document), params=query, content=orjson.dumps(document), headers=head))

    def create(self, document: Mapping[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        """Create with strict field validation, through all of admission. Raises Refused with the server's words."""
        query = {"fieldValidation": "Strict"} | ({"dryRun": "All"} if dry_run else {})
        path = self.path(document).rsplit("/", 1)[0]
        return _said(self.client.post(path, params=query, content=orjson.dumps(document), headers={"Content-Type": _JSON}))

    def define(self, *definitions: Mapping[str, Any]) -> None:
        """Create CustomResourceDefinitions and wait until their kinds are served. Raises Refused with the server's words."""
        paths = []
        for made in [self.apply(definition) for definition in definitions]:
            spec = made["spec"]
            paths += [f"{_base(f'{spec["group"]}/{v["name"]}')}/{spec['names']['plural']}" for v in spec["versions"]]
        for path in paths:
            wait_until(partial(self._serves, path), 30, f"{path} served")

    def _serves(self, path: str) -> bool:
        return bool(self.client.get(path, params={"limit": 1}).is_success)

    def delete(self, document: Mapping[str, Any]) -> None:
        """Delete an object, whether it is there or not."""
        answer = self.client.delete(self.path(document))
        if answer.status_code != 404:
            _said(answer)

    def enforce_quota(self, namespace: str) -> None:
        """Give a namespace's quotas the status that the quota controller would: their limits, and nothing used.

        Admission reads quotas from a watch of its own, a moment later, and counts nothing for a quota that has no status
        yet. The watch is in order, so a last quota that allows no ConfigMap tells by its refusal that the others are seen.
        """
        seen = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "seen", "namespace": namespace}}
        none = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "seen", "namespace": namespace}}
        base = f"/api/v1/namespaces/{namespace}/resourcequotas"
        quotas = _said(self.client.get(base))["items"]
        quotas.append(self.create(seen | {"spec": {"hard": {"count/configmaps": "0"}}}))
        for quota in quotas:
            hard = quota["spec"]["hard"]
            quota["status"] = {"hard": hard, "used": dict.fromkeys(hard, "0")}
            _said(self.client.put(f"{base}/{quota['metadata']['name']}/status", json=quota))
        wait_until(partial(self._refuses, none), 30, f"quotas of namespace {namespace} enforced")
        self.delete(seen)

    def _refuses(self, document: Mapping[str, Any]) -> bool:
        try:
            self.create(document, dry_run=True)
        except Refused as refused:
            if "exceeded quota" not in str(refused):
                raise
            return True
        return False

    def may(self, user: str, groups: Sequence[str], attributes: Mapping[str, str]) -> bool:
        """Whether a person may do what `attributes` say (verb, group, resource, subresource, namespace), asked as them."""
        document = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": dict(attributes)},
        }
        head = [("Impersonate-User", user), *(("Impersonate-Group", group) for group in (*groups, "system:authenticated"))]
        answer = self.client.post(
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", json=document, headers=[*head, ("Content-Type", _JSON)]
        )
        return bool(_said(answer)["status"]["allowed"])

    def helm(self, *arguments: str | Path) -> str:
        """Run helm against this server. Raises Refused with helm's words."""
        env = {"HOME": str(self.directory), "KUBECONFIG": str(self.kubeconfig), "PATH": "/usr/bin:/bin"}
        done = subprocess.run([tool("helm"), *arguments], capture_output=True, text=True, check=False, timeout=120, env=env)
        if done.returncode:
            raise Refused(done.stderr.strip())
        return done.stdout


_JSON = "application/json"


def definition(group: str, kind: str, plural: str, scope: str, versions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A CustomResourceDefinition; each version has `name`, `schema` (openAPI v3), `served` and `storage`."""
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Cluster" if scope.startswith("Cluster") else "Namespaced",
            "names": names,
            "versions": [{**version, "schema": {"openAPIV3Schema": version["schema"]}} for version in versions],
        },
    }


def _base(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _said(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        raise CannotRun(f"the API server answered {answer.status_code} and no JSON: {answer.text[:200]}") from None
    if not answer.is_success:
        raise Refused(str(body.get("message", body)))
    return dict(body)
