"""The audit log: who did what, when, why, and with what result, so that nobody can change it unseen.

`append` writes a line; a signed head names all lines; witnesses outside the store keep heads; `verify` compares.
"""

from ballast.audit.bucket import Bucket
from ballast.audit.chain import GENESIS, Record, problems, record_of
from ballast.audit.drift import Author, Drift, attribute
from ballast.audit.entry import Entry, actor
from ballast.audit.event import EVENT_KIND, EVENT_VERSION, event_of
from ballast.audit.head import Book, DamagedHead, Head, Signed
from ballast.audit.imports import BREAK_GLASS, FORMATS, Imported, import_files
from ballast.audit.keys import trusted
from ballast.audit.kinds import KINDS
from ballast.audit.log import adopt, append, append_all, log_name, log_path, read, snapshot
from ballast.audit.proof import Proof, prove
from ballast.audit.redact import plan_secrets, redact
from ballast.audit.sshsig import SIGNERS, signed_by, ssh_sign, ssh_verify
from ballast.audit.twin import (
    MIGRATIONS,
    SCHEMA,
    TABLE,
    Difference,
    copy,
    logs,
    note_told,
    twin_book,
    twin_lines,
    twin_url,
    untold,
)
from ballast.audit.verify import Seen, Verdict, verify
from ballast.audit.witness import GitTags, Witness, witnesses

__all__ = [
    "BREAK_GLASS",
    "EVENT_KIND",
    "EVENT_VERSION",
    "FORMATS",
    "GENESIS",
    "KINDS",
    "MIGRATIONS",
    "SCHEMA",
    "SIGNERS",
    "TABLE",
    "Author",
    "Book",
    "Bucket",
    "DamagedHead",
    "Difference",
    "Drift",
    "Entry",
    "GitTags",
    "Head",
    "Imported",
    "Proof",
    "Record",
    "Seen",
    "Signed",
    "Verdict",
    "Witness",
    "actor",
    "adopt",
    "append",
    "append_all",
    "attribute",
    "copy",
    "event_of",
    "import_files",
    "log_name",
    "log_path",
    "logs",
    "note_told",
    "plan_secrets",
    "problems",
    "prove",
    "read",
    "record_of",
    "redact",
    "signed_by",
    "snapshot",
    "ssh_sign",
    "ssh_verify",
    "trusted",
    "twin_book",
    "twin_lines",
    "twin_url",
    "untold",
    "verify",
    "witnesses",
]
