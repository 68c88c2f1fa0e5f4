"""The audit log: append-only JSON lines with a hash chain. Who did what, when, why, and with what result."""

from ballast.audit.chain import GENESIS, Record, problems, record_of
from ballast.audit.entry import Entry, actor, redact
from ballast.audit.log import append, log_path, read
from ballast.audit.sshsig import SIGNERS, ssh_sign, ssh_verify

__all__ = [
    "GENESIS",
    "SIGNERS",
    "Entry",
    "Record",
    "actor",
    "append",
    "log_path",
    "problems",
    "read",
    "record_of",
    "redact",
    "ssh_sign",
    "ssh_verify",
]
