"""A key that Ballast does not know does nothing.

A misspelt `burn_rates` or `ticket_alert` is silence where somebody believes in an alert. Sloth accepts such keys; Ballast
does not.

Mend: correct the key; the message names the nearest one, or all that are allowed at that place.

    - objectve: 99.9
    + objective: 99.9
"""

from ballast.repo.checks.registry import document

document("spec/unknown-key", __name__)
