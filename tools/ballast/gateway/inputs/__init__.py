"""What comes in: webhooks of Alertmanager, of Grafana and of PagerDuty, over mutual TLS."""
