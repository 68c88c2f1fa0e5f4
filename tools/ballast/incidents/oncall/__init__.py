"""On call as code: `alerts/oncall.yaml` asked, drawn, compared and exported."""

from ballast.incidents.oncall.changes import Change, changes
from ballast.incidents.oncall.ics import calendar
from ballast.incidents.oncall.load import Load, is_holiday, loads
from ballast.incidents.oncall.source import plan_of
from ballast.incidents.oncall.turns import Shift, shifts, who, zone

__all__ = ["Change", "Load", "Shift", "calendar", "changes", "is_holiday", "loads", "plan_of", "shifts", "who", "zone"]
