# ruff: noqa: E501 - a pattern is read best on one line
"""What a secret looks like: the forms that issuers publish for their tokens, and names that promise a secret.

Each shape has literals, one of which (in lower case) must be in the data before its pattern is tried: that is what makes a scan
of a whole history quick. Sources of the forms: the issuers' own documentation (GitHub's token formats, Vault's token prefixes,
AWS's unique identifiers, RFC 7468 for PEM, and so on).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of secret. The pattern's group `secret`, or else all of it, is the secret itself."""

    id: str
    what: str
    literals: tuple[bytes, ...]
    pattern: re.Pattern[bytes]
    judged: bool = False
    """Whether the value has to look like a secret besides (`plausible`): the name before it alone proves nothing."""


def _shape(name: str, what: str, literals: str, pattern: str, *, judged: bool = False, flags: int = 0) -> Shape:
    return Shape(name, what, tuple(part.encode() for part in literals.split()), re.compile(pattern.encode(), flags), judged)


_START, _END = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"
SHAPES = (
    _shape("private-key", "a private key (PEM)", "-----begin", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
           r"(?:\\n|\\r|\s)*(?P<secret>[A-Za-z0-9+/=:,\-\s\\]{40,})"),
    _shape("putty-key", "a private key (PuTTY)", "putty-user-key", r"PuTTY-User-Key-File-[23]: \S+"),
    _shape("age-key", "a private key (age)", "age-secret-key-1", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _shape("aws-key-id", "an AWS access key's id", "akia asia abia acca", _START + r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}" + _END),
    _shape("aws-secret", "an AWS secret access key", "aws",
           r"(?i)aws.{0,24}?(?:secret|key).{0,24}?[\"'=:\s](?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])", judged=True),
    _shape("gcp-key", "a Google API key", "aiza", _START + r"AIza[0-9A-Za-z_-]{35}" + _END),
    _shape("gcp-client", "a Google OAuth client secret", "gocspx-", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    _shape("azure-storage", "an Azure storage account's key", "accountkey=", r"AccountKey=(?P<secret>[A-Za-z0-9+/]{86}==)"),
    _shape("azure-client", "an Azure client secret", "8q~", _START + r"[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{34}"),
    _shape("github", "a GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
           _START + r"(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})"),
    _shape("gitlab", "a GitLab token", "glpat- gldt- glrt- glcbt- glptt-", _START + r"gl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_-]{20,}"),
    _shape("slack", "a Slack token", "xoxb xoxp xoxa xoxr xoxs xapp-", r"(?:xox[abprs]|xapp)-[A-Za-z0-9-]{10,}"),
    _shape("slack-webhook", "a Slack webhook", "hooks.slack.com",
           r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Z0-9]{6,}/[A-Za-z0-9]{6,}/[A-Za-z0-9]{16,})"),
    _shape("teams-webhook", "a Teams webhook", "webhook.office.com", r"webhook\.office\.com/webhookb2/(?P<secret>[0-9a-f-]{36}@\S{36,})"),
    _shape("discord-webhook", "a Discord webhook", "/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/(?P<secret>\d{17,20}/[\w-]{60,})"),
    _shape("telegram", "a Telegram bot's token", ":aa", _START + r"\d{8,10}:AA[\w-]{33}" + _END),
    _shape("pagerduty", "a PagerDuty API key", "pagerduty pd_",
           r"(?i)(?:pagerduty|\bpd)[\w.\- \"']{0,30}(?:key|token)[\"']?\s*[:=]\s*[\"']?(?P<secret>[A-Za-z0-9+_-]{20}|[A-Za-z0-9]{32})"
           r"(?![A-Za-z0-9+_-])", judged=True),
    _shape("pagerduty-user", "a PagerDuty user's API key", "u+", r"(?<![A-Za-z0-9+/_=-])u\+[A-Za-z0-9_-]{18}" + _END),
    _shape("gcp-token", "a Google access token", "ya29.", _START + r"ya29\.[A-Za-z0-9._-]{40,}"),
    _shape("jsm", "a Jira Service Management or Opsgenie key", "geniekey opsgenie",
           r"(?i)(?:geniekey|opsgenie[\w.\-]{0,20}key)[\"']?\s*[:=]?\s*[\"']?(?P<secret>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"),
    _shape("atlassian", "an Atlassian token", "atatt3 atctt3", r"AT[AC]TT3[A-Za-z0-9_=-]{60,}"),
    _shape("grafana", "a Grafana token", "glsa_ glc_ eyjrijoi", _START + r"(?:glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/=]{32,}|eyJrIjoi[A-Za-z0-9+/=]{40,})"),
    _shape("vault", "a Vault token", "hvs. hvb. hvr.", _START + r"hv[sbr]\.[A-Za-z0-9_-]{24,}"),
    _shape("terraform-cloud", "a Terraform Cloud token", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,}"),
    _shape("npm", "an npm token", "npm_", _START + r"npm_[A-Za-z0-9]{36}" + _END),
    _shape("npmrc", "a registry's token", "_authtoken", r"_authToken\s*=\s*(?P<secret>[A-Za-z0-9_-]{20,})"),
    _shape("pypi", "a PyPI token", "pypi-age", r"pypi-AgE[A-Za-z0-9_-]{50,}"),
    _shape("docker", "a Docker Hub token", "dckr_pat_ dckr_oat_", r"dckr_[po]at_[A-Za-z0-9_-]{20,}"),
    _shape("docker-config", "a registry's password in Docker's configuration", '"auth"',
           r"\"auth\"\s*:\s*\"(?P<secret>[A-Za-z0-9+/]{16,}={0,2})\""),
    _shape("openai", "an OpenAI or Anthropic key", "sk-", _START + r"sk-(?:proj-|ant-|svcacct-)?[A-Za-z0-9_-]{40,}"),
    _shape("hugging-face", "a Hugging Face token", "hf_", _START + r"hf_[A-Za-z0-9]{34,}" + _END),
    _shape("stripe", "a Stripe key", "sk_live_ rk_live_ whsec_", r"(?:[sr]k_live_|whsec_)[A-Za-z0-9]{24,}"),
    _shape("sendgrid", "a SendGrid key", "sg.", _START + r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    _shape("twilio", "a Twilio key", "sk", _START + r"SK[0-9a-f]{32}" + _END),
    _shape("digitalocean", "a DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    _shape("databricks", "a Databricks token", "dapi", _START + r"dapi[0-9a-f]{32}" + _END),
    _shape("new-relic", "a New Relic key", "nrak- nral-", r"NRA[KL]-[A-Z0-9]{27,}"),
    _shape("sentry", "a Sentry token", "sntrys_ sntryu_", r"sntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    _shape("tailscale", "a Tailscale key", "tskey-", r"tskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,}-[A-Za-z0-9]{20,}"),
    _shape("jwt", "a signed token (JWT)", "eyj", _START + r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    _shape("url-password", "a password in an address", "://",
           r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s:/@\"'`<>{}$%,()\[\]|\\]{0,64}:(?P<secret>[^\s:/@\"'`<>{}$%*,()\[\]|\\…]{3,100})@[A-Za-z0-9.\[-]"),
    _shape("authorization", "a credential in a header", "authorization",
           r"(?i)authorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer|token|geniekey)\s+(?P<secret>[A-Za-z0-9._~+/=-]{16,})", judged=True),
    _shape("kubeconfig", "a client's key or token (kubeconfig)", "client-key-data",
           r"client-key-data:\s*(?P<secret>[A-Za-z0-9+/=]{60,})"),
)  # fmt: skip

NAMED = "named-secret"
NAME = re.compile(
    rb"(?:pass(?:word|wd|phrase)|secret|token|credential|(?:api|access|routing|integration|service|private|auth|account|bot|"
    rb"encryption|signing|master|shared|client|admin|deploy|write)[_-]?key)(?:[_.-](?:value|base64|hex|id|data))?[\"']?[ \t]*"
    rb"(?:=>|:=|[:=])[ \t]*"
)
"""A name that promises a secret, to the place where its value begins; for data in lower case."""
VALUE = re.compile(
    rb"[rbf]?\"(?P<double>[^\"\n]{8,512})\"|[rbf]?'(?P<single>[^'\n]{8,512})'"
    rb"|(?P<bare>[A-Za-z0-9+/_.~=@!#%^&*-]{8,512})(?=[\s,;}\"'`]|$)"
)

_REFERENCE = re.compile(
    r"\$|\{\{|\{\w+:\d+\}|\[\\\\?\w|\}\}|<[^>]+>|%[({s]|^(?:/|\./|~/|\.\./)|^(?:var|local|module|data|each|self|path|env|secrets|vars|inputs|github|needs|"
    r"steps|settings|config|args|os|http|https|file|vault|projects|arn|gs|s3)[.:/]|^\*+$|^x+$|…|\.\.\.",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"example|change[-_ ]?me|placeholder|redacted|your[-_ ]|dummy|not[-_ ]?(?:a|the|real)|insert|fill[-_ ]?in|todo|\bnone\b|\bnull\b|"
    r"sha(?:256|512):|0{8,}|1234567|abcdef|(.)\1{5,}",
    re.IGNORECASE,
)
_WORD = r"(?:[A-Z]?[a-z]{2,}+|[A-Z]{2,}+)++"
_WORDY = re.compile(rf"{_WORD}(?:[-_./ :@+=]{_WORD}|[-_./ :@+=]?v?\d{{1,4}})*+")
"""Words joined by a separator, perhaps numbered: a name, a path, a sentence; no generated secret is that regular."""
_CODE = re.compile(r"[A-Za-z_][\w.]*(?:\.[A-Za-z_]\w*)+|[A-Za-z_]\w*\(.*")
_HEX = re.compile(r"[0-9a-fA-F-]+")


def entropy(text: str) -> float:
    """Shannon's entropy of its characters, in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) if text else 0.0


def plausible(value: str, quoted: bool = True) -> bool:
    """Whether a value under a promising name is likely a secret and no reference, name, path or placeholder.

    Bits a character alone would call every identifier a secret: a generated one has no words in it, and at least as much
    entropy as random hexadecimal (3 bits from 20 characters on) or letters and digits (3 bits from 12 on) show.
    """
    if _REFERENCE.search(value) or _PLACEHOLDER.search(value) or _WORDY.fullmatch(value) or _CODE.fullmatch(value):
        return False
    if " " in value.strip():
        return False
    if not any(c.isdigit() for c in value) or not any(c.isalpha() for c in value):
        return False
    if _HEX.fullmatch(value):
        return len(value) >= 20 and entropy(value) >= 3.0
    classes = sum((any(c.islower() for c in value), any(c.isupper() for c in value), any(not c.isalnum() for c in value)))
    enough = 3.0 if classes > 1 else 3.2
    return len(value) >= (10 if quoted else 12) and entropy(value) >= enough
