"""A key that is written twice in one mapping is read once.

YAML's readers keep the last of the two and drop the first without a word: an objective that somebody tightened at the top of
a block is undone by the old one further down.

Mend: keep one of the two.

    - objective: 99.9
    - objective: 99
    + objective: 99.9
"""

from ballast.repo.checks.registry import document

document("yaml/duplicate-key", __name__)
