"""Who is on call, and what came of it."""

from ballast.incidents.oncall import Change, Load, Shift, calendar, changes, is_holiday, loads, plan_of, shifts, who, zone

__all__ = ["Change", "Load", "Shift", "calendar", "changes", "is_holiday", "loads", "plan_of", "shifts", "who", "zone"]
