"""Secrets that nobody issued, put together here so that none stands in a file."""

from __future__ import annotations

import random
import string

ALNUM = string.ascii_letters + string.digits


def letters(seed: int, length: int, alphabet: str = ALNUM) -> str:
    """So many characters, the same for a seed."""
    return "".join(random.Random(seed).choices(alphabet, k=length))


def tokens(seed: int) -> dict[str, str]:
    """One of each kind, by the id of the shape that must find it."""
    hexa = "0123456789abcdef"

    def some(length: int, alphabet: str = ALNUM) -> str:
        return letters(seed + length, length, alphabet)

    return {
        "aws-key-id": "AK" + "IA" + some(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        "gcp-key": "AI" + "za" + some(35),
        "gcp-client": "GOC" + "SPX-" + some(28),
        "gcp-token": "ya" + "29." + some(60),
        "pagerduty-user": "u" + "+" + some(18),
        "azure-client": some(3) + "8" + "Q~" + some(34),
        "github": "gh" + "p_" + some(36),
        "gitlab": "gl" + "pat-" + some(20),
        "slack": "xo" + "xb-" + some(12, string.digits) + "-" + some(24),
        "grafana": "gl" + "sa_" + some(32) + "_" + some(8, hexa),
        "vault": "hv" + "s." + some(90),
        "terraform-cloud": some(14) + ".atlas" + "v1." + some(67),
        "npm": "np" + "m_" + some(36),
        "pypi": "pyp" + "i-AgE" + some(60),
        "docker": "dck" + "r_pat_" + some(27),
        "stripe": "sk_" + "live_" + some(24),
        "sendgrid": "S" + "G." + some(22) + "." + some(43),
        "twilio": "S" + "K" + some(32, hexa),
        "digitalocean": "dop" + "_v1_" + some(64, hexa),
        "databricks": "da" + "pi" + some(32, hexa),
        "new-relic": "NR" + "AK-" + some(27, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
        "telegram": some(9, "123456789") + ":A" + "A" + some(33),
        "jwt": "ey" + "J" + some(20) + ".ey" + "J" + some(30) + "." + some(43),
        "hugging-face": "h" + "f_" + some(34),
        "age-key": "AGE-SECRET" + "-KEY-1" + some(58, "ABCDEFGHJKLMNPQRSTUVWXYZ234567"),
    }


GITHUB = tokens(7)["github"]
