"""A document of a version or kind that Ballast does not read.

`version: prometheus/v1` (Sloth's) marks a file of SLOs, `version: ballast/v1` one of services, routing or settings. Sloth's
Kubernetes form (`kind: PrometheusServiceLevel`) and OpenSLO are other formats: read as this one they would be all unknown keys.

Mend: write the version that the folder asks for.

    - version: prometheus/v2
    + version: prometheus/v1
"""

from ballast.repo.checks.registry import document

document("spec/version", __name__)
