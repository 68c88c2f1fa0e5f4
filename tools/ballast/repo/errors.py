"""Why a command could not do its work at all (exit code 2), as one sentence for its user."""


class CannotRun(Exception):
    """The message names what is missing or broken and what to do about it."""
