"""A value of the wrong kind.

A number in quotes is a text, a list is not a mapping, `.nan` is no objective, `1hour` is no duration, and a tier is one of
three. Two things are read as Sloth reads them, because its published files use them: a number or a boolean as the value of a
label or annotation is its text as written (`actual_le: 0.20` is "0.20"), and a key that may be left out may also be empty.

Mend: write the kind of value that the message asks for.

    - objective: "99.9"
    + objective: 99.9
"""

from ballast.repo.checks.registry import document

document("spec/type", __name__)
