"""Typed models of Grafana's dashboard JSON, and the panels that our dashboards are made of."""
