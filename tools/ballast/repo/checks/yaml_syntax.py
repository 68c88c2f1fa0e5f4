"""A file that is not YAML says nothing.

Whatever stands in a document that does not parse is unknown, so nothing of it is compiled and nothing of it pages. Usual
causes: a tab in the indentation, a quote or bracket that is never closed, a value with `: ` in it that is not quoted, a file
saved in another encoding than UTF-8. YAML is read by version 1.2: `yes`, `no`, `on` and `off` are texts. Anchors, aliases,
merge keys (`<<`) and several documents in a file are read; where one of them does not parse, the others are still checked.

Mend: go to the line and column of the message.

    - description: Errors: too many
    + description: "Errors: too many"
"""

from ballast.repo.checks.registry import document

document("yaml/syntax", __name__)
