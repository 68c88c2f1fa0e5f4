"""A secret, or what looks like one, stands in a file.

What is committed is read by everybody who clones, is in every backup and every CI log that prints the file, and stays in the
history when the line goes. Found are the forms that issuers publish for their tokens (GitHub, AWS, Google, Vault, Slack,
Grafana, PagerDuty and so on), private keys, passwords in addresses, plain data of Kubernetes Secrets, secrets in Terraform's
state and plans, and values with much entropy under a name that promises a secret.

Mend: revoke the secret where it was issued, then take it out: values come from Vault (docs/secrets.md). What only looks like a
secret gets an entry in `.secrets-allowed.yaml` with its fingerprint, a reason, an owner and a last day. `ballast secrets check`
searches the history, plans and state as well, and tells what has ended.

    - routing_key: 7f1c2a9be04d4c1f8a60c1d2e3b4a596
    + routing_key: "{{ lookup('community.hashi_vault.vault_kv2_get', 'pagerduty') }}"
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Tree, check
from ballast.secrets.allowed import FILE
from ballast.secrets.leaks import Search

ALLOWED = f"""An exception in `{FILE}` is not one.

An exception names one secret by its fingerprint (or a name on GitHub, or one shape in some files) and says why it may stay, who
says so, and until when. One that lacks any of these allows nothing.

Mend: write the missing key; the finding says which.
"""

GITHUB = """GitHub keeps a long-lived credential for this repository.

A secret of Actions is valid until somebody changes it, every workflow of a branch that may use it can send it away, and nobody
sees who did. A workflow that proves who it is (OIDC) gets a credential for an hour instead, for its own branch and environment.

Mend: let the workflow sign in by OIDC, and delete the secret; `ballast secrets check --github OWNER/REPOSITORY` lists them all.
"""


@check("secrets/leak", on=Tree, reads=("**/*.yaml", "**"), emits={"secrets/allowed": ALLOWED, "secrets/github": GITHUB})
def leak(tree: Tree) -> Iterator[Finding]:
    """All files; no date matters here (`ballast due` lists exceptions that end)."""
    search = Search.of(tree.root, None)
    search.files(tree)
    search.exceptions_file()
    yield from search.findings
