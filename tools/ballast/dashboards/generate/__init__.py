"""What `ballast generate` makes: a RED dashboard each service, one each SLO, an overview, the platform's own."""

from ballast.dashboards.generate.overview import overview
from ballast.dashboards.generate.red import red
from ballast.dashboards.generate.slo import slo
from ballast.dashboards.generate.stack import stack

__all__ = ["overview", "red", "slo", "stack"]
