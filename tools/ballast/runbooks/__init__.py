"""Runbooks: one page an alert, read, checked, and rehearsed."""

from ballast.runbooks.page import SECTIONS, Block, FrontMatter, Runbook, Step, read_runbook
from ballast.runbooks.rehearsal.people import Nobody, People, Somebody
from ballast.runbooks.rehearsal.record import Record, StepResult, last_records, record_files, write_record
from ballast.runbooks.rehearsal.rehearse import Rehearsal, pages_of, rehearse

__all__ = [
    "SECTIONS",
    "Block",
    "FrontMatter",
    "Nobody",
    "People",
    "Record",
    "Rehearsal",
    "Runbook",
    "Somebody",
    "Step",
    "StepResult",
    "last_records",
    "pages_of",
    "read_runbook",
    "record_files",
    "rehearse",
    "write_record",
]
