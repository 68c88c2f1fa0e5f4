# The dead man's switch. Alertmanager's always-firing alert leaves the cluster as a message on the heartbeat topic every minute
# (Alertmanager cannot publish to Pub/Sub: the platform's OpenTelemetry collector takes its webhook and publishes). When none
# has arrived for a while, Cloud Monitoring, which shares nothing with the cluster, pages through channels of its own.

locals {
  channels = {
    for name, contact in var.contacts : name => {
      type   = contact.kind
      labels = { (contact.kind == "email" ? "email_address" : "number") = contact.address }
    }
  }

  messages = join(" AND ", [
    "resource.type = \"pubsub_topic\"",
    "resource.labels.topic_id = \"${google_pubsub_topic.heartbeat.name}\"",
    "metric.type = \"pubsub.googleapis.com/topic/send_request_count\"",
  ])
}

resource "google_pubsub_topic" "heartbeat" {
  project      = var.account.id
  name         = "${var.name}-heartbeat"
  kms_key_name = var.kms_key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_monitoring_notification_channel" "page" {
  for_each = local.channels

  project      = var.account.id
  display_name = "${var.name} heartbeat: ${each.key}"
  type         = each.value.type
  labels       = each.value.labels
}

# Two conditions, either of which pages: the count is zero, or there is no count at all.
resource "google_monitoring_alert_policy" "heartbeat" {
  project               = var.account.id
  display_name          = "${var.name}-heartbeat"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = [for channel in google_monitoring_notification_channel.page : channel.id]

  documentation {
    mime_type = "text/markdown"
    content   = "No heartbeat from ${var.name} for ${var.silence_minutes} minutes: Prometheus, Alertmanager or the whole cluster is dead. Alerts are not being delivered."
  }

  conditions {
    display_name = "No message for ${var.silence_minutes} minutes"

    condition_threshold {
      filter                  = local.messages
      comparison              = "COMPARISON_LT"
      threshold_value         = 1
      duration                = "${var.silence_minutes * 60}s"
      evaluation_missing_data = "EVALUATION_MISSING_DATA_ACTIVE"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_DELTA"
      }
    }
  }

  conditions {
    display_name = "No figure for ${var.silence_minutes} minutes"

    condition_absent {
      filter   = local.messages
      duration = "${var.silence_minutes * 60}s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_DELTA"
      }
    }
  }

  # Notify when the heartbeat is back as well.
  alert_strategy {
    auto_close           = "604800s"
    notification_prompts = ["OPENED", "CLOSED"]
  }
}
