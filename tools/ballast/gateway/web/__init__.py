"""A small page for people: open incidents, their history and deliveries. No script, no build step, nothing from elsewhere."""

from ballast.gateway.web.pages import Pages

__all__ = ["Pages"]
