"""A workflow signs in to a cloud with a key that somebody could copy.

A key in a secret works from anywhere, until somebody notices. GitHub's OIDC token works for one job, for minutes, and the
cloud checks the repository, the branch and the environment in it (`terraform/modules/ci-identity-*`).

Mend: the role or the provider, and `permissions: id-token: write`.

      on: push
      jobs:
        build:
          steps:
            - uses: aws-actions/configure-aws-credentials@00943011d9042930efac3dcd3a170e4273319bc8 # v5.1.0
              with:
    -           aws-access-key-id: ${{ secrets.KEY }}
    -           aws-secret-access-key: ${{ secrets.SECRET }}
    +           role-to-assume: ${{ vars.AWS_ROLE }}
                aws-region: eu-west-1
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, check
from ballast.release.github.workflow import Workflow, get, items

_INPUTS = {"aws-access-key-id", "aws-secret-access-key", "credentials_json", "service_account_key", "creds", "client-secret"}
_VARIABLES = {
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "GOOGLE_CREDENTIALS",
    "VAULT_TOKEN",
}


@check("github/long-lived-key", on=Workflow)
def long_lived(workflow: Workflow) -> Iterator[Finding]:
    """Inputs of steps, and environment variables at any level. Secrets by name are `ballast secrets check --github`'s."""
    holders = [workflow.root, *(job for _, job in workflow.jobs()), *workflow.steps()]
    found = [key for holder in holders for key, _ in items(get(holder, "env")) if key.value in _VARIABLES]
    found += [key for step in workflow.steps() for key, _ in items(get(step, "with")) if key.value in _INPUTS]
    for key in found:
        mend = "sign in with GitHub's OIDC token: role-to-assume, workload_identity_provider, or Vault's JWT login"
        yield workflow.finding(key, f"{key.value} is a key that works from anywhere", mend)
