"""Where incidents are reported: one adapter a module, each a `Provider`."""

from ballast.gateway.providers.chat import Chat
from ballast.gateway.providers.jsm import Jsm
from ballast.gateway.providers.pagerduty import PagerDuty
from ballast.gateway.providers.webhook import Webhook

__all__ = ["Chat", "Jsm", "PagerDuty", "Webhook"]
