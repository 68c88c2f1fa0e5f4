"""GitHub's word that a deployment was approved: a token for this bundle alone, and the run's approvals.

The job runs in a protected environment, so GitHub starts it only after a reviewer approved. It asks for an OIDC token whose
audience is the bundle's hash: GitHub signs (RS256) that this repository's run, in this environment, asked for this bundle. Who
approved is the run's list of approvals (GET /repos/{owner}/{repo}/actions/runs/{id}/approvals).
Source: docs.github.com, "OpenID Connect reference" and "REST API: workflow runs".
"""

from __future__ import annotations

import base64
import json
import os
from datetime import datetime
from typing import Any

from ballast.release.settings import GitHub
from ballast.repo import CannotRun

LEEWAY = 60
"""Seconds by which clocks may differ."""


def audience(digest: str) -> str:
    """The audience of a token that stands for one bundle."""
    return f"ballast-plan:{digest}"


def request_token(digest: str) -> str:
    """Ask the runner for a token. Raises CannotRun outside a job with `permissions: id-token: write`."""
    url, bearer = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL"), os.environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if not url or not bearer:
        raise CannotRun("this is no GitHub job with `permissions: id-token: write`: approve with --as and --key")
    return str(_get(url, bearer, {"audience": audience(digest)}).get("value", ""))


def request_approvers() -> list[str]:
    """Who approved this run, as `github:login`. Raises CannotRun when GitHub does not say."""
    base = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    repository, run, token = (os.environ.get(name, "") for name in ("GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_TOKEN"))
    if not (repository and run and token):
        raise CannotRun("GITHUB_REPOSITORY, GITHUB_RUN_ID and GITHUB_TOKEN must be set (permissions: actions: read)")
    found = _get(f"{base}/repos/{repository}/actions/runs/{run}/approvals", token, {})
    approved = [one for one in found if one.get("state") == "approved"]
    return sorted({f"github:{one['user']['login']}" for one in approved})


def verify_token(token: str, digest: str, settings: GitHub, environment: str, commit: str, now: datetime) -> dict[str, Any]:
    """The claims of a token that stands for this bundle. Raises CannotRun with what is wrong."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        signed, _, signature = token.rpartition(".")
        head, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        if head["alg"] != "RS256":
            raise ValueError
        key = next(k for k in _keys(settings) if k.get("kid") == head["kid"] and k.get("kty") == "RSA")
        numbers = RSAPublicNumbers(int.from_bytes(_decoded(key["e"])), int.from_bytes(_decoded(key["n"])))
        numbers.public_key().verify(_decoded(signature), signed.encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        raise CannotRun("the token is not signed by GitHub") from None
    except (ValueError, KeyError, TypeError, StopIteration):
        raise CannotRun("the token is none of GitHub's") from None
    expected = {
        "iss": settings.issuer,
        "aud": audience(digest),
        "repository": settings.repository,
        "environment": settings.environments.get(environment, ""),
        "sha": commit,
    }
    for name, value in expected.items():
        if not value or claims.get(name) != value:
            raise CannotRun(f"the token is for another {name} ({claims.get(name)})")
    moment = now.timestamp()
    if not float(claims.get("iat", moment + 2 * LEEWAY)) - LEEWAY <= moment < float(claims.get("exp", 0)) + LEEWAY:
        raise CannotRun("the token has expired: apply in the job that was approved")
    return dict(claims)


def _keys(settings: GitHub) -> list[dict[str, Any]]:
    keys = _get(f"{settings.issuer}/.well-known/jwks", "", {}).get("keys", [])
    return list(keys)


def _get(url: str, bearer: str, query: dict[str, str]) -> Any:
    import httpx

    try:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        answer = httpx.get(httpx.URL(url).copy_merge_params(query), headers=headers, timeout=20)
        answer.raise_for_status()
        return answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        where = httpx.URL(url).host
        raise CannotRun(f"{where} did not answer as it should: {type(error).__name__}") from error


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
