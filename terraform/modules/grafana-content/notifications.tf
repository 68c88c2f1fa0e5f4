# Where Grafana's own alerts go: by tier, as Alertmanager's do (alerts/routing.yaml). Contact points that page hold PagerDuty's key and
# are files (module grafana); the one here has none.

locals {
  # Tier of a service and severity of an alert give P1 to P4.
  alert_tiers = { for route in var.routes : "${route.tier}/${route.severity}" => route.alert }
}

resource "grafana_contact_point" "gateway" {
  name = "gateway"

  webhook {
    url         = var.gateway_url
    http_method = "POST"
  }
}

resource "grafana_notification_policy" "this" {
  contact_point   = grafana_contact_point.gateway.name
  group_by        = ["cluster", "alertname", "service", "slo", "severity"]
  group_wait      = "30s"
  group_interval  = "5m"
  repeat_interval = "12h"

  dynamic "policy" {
    for_each = var.tiers

    content {
      contact_point   = contains(policy.value.legs, "pagerduty") ? policy.key : grafana_contact_point.gateway.name
      group_by        = ["cluster", "alertname", "service", "slo", "severity"]
      group_wait      = policy.value.group_wait
      group_interval  = policy.value.group_interval
      repeat_interval = policy.value.repeat_interval

      matcher {
        label = "tier"
        match = "="
        value = policy.key
      }
    }
  }

  lifecycle {
    precondition {
      condition     = alltrue([for tier, routing in var.tiers : contains(var.page_contact_points, tier) if contains(routing.legs, "pagerduty")])
      error_message = "A tier pages and Grafana has no contact point of its name. Apply the platform root first: module grafana makes one for each of its page_tiers."
    }
  }
}
