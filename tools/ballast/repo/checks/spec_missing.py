"""Something is not there without which the rest has no meaning.

An SLO needs a name, an objective and an SLI; a service needs an owner (who is paged?) and a tier (how urgent is it?); a file
of SLOs needs at least one.

Mend: add the key.

    - slos:
    -   - name: availability
    + slos:
    +   - name: availability
    +     objective: 99.9
    +     sli: {gauge: {metric: up}}
"""

from ballast.repo.checks.registry import document

document("spec/missing", __name__)
