"""SLOs of other formats: OpenSLO v1 in and out, Sloth out. What cannot be expressed is a finding."""

from ballast.slo.openslo.exporter import Exported, export_openslo
from ballast.slo.openslo.importer import Imported, import_openslo
from ballast.slo.openslo.sloth import export_sloth

__all__ = ["Exported", "Imported", "export_openslo", "export_sloth", "import_openslo"]
