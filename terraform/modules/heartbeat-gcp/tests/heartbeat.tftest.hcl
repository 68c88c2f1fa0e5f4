provider "google" {
  project = "acme-staging"
  region  = "europe-west1"
}

variables {
  name    = "ballast-test"
  account = { id = "acme-staging", number = "333333333333" }
  region  = "europe-west1"
  kms_key = "projects/acme-staging/locations/europe-west1/keyRings/ballast/cryptoKeys/messaging"
  contacts = {
    pagerduty = { kind = "email", address = "ballast@acme.pagerduty.com" }
    oncall    = { kind = "sms", address = "+15005550006" }
  }
}

run "silence_pages" {
  assert {
    condition     = output.destination == google_pubsub_topic.heartbeat.id && google_pubsub_topic.heartbeat.kms_key_name == var.kms_key
    error_message = "The heartbeat's topic is another one, or not encrypted with our key."
  }

  assert {
    condition     = output.alarm == { id = google_monitoring_alert_policy.heartbeat.name, silence_minutes = 5, contacts = ["oncall", "pagerduty"] }
    error_message = "Output alarm does not describe the alarm."
  }

  assert {
    condition     = alltrue([for filter in [google_monitoring_alert_policy.heartbeat.conditions[0].condition_threshold[0].filter, google_monitoring_alert_policy.heartbeat.conditions[1].condition_absent[0].filter] : strcontains(filter, "resource.labels.topic_id = \"${google_pubsub_topic.heartbeat.name}\"")])
    error_message = "The alarm watches another topic than the heartbeat's."
  }

  # No figure is silence, too: Pub/Sub stops reporting a topic that nobody uses.
  assert {
    condition     = google_monitoring_alert_policy.heartbeat.combiner == "OR" && google_monitoring_alert_policy.heartbeat.conditions[0].condition_threshold[0].duration == "300s" && google_monitoring_alert_policy.heartbeat.conditions[0].condition_threshold[0].evaluation_missing_data == "EVALUATION_MISSING_DATA_ACTIVE" && google_monitoring_alert_policy.heartbeat.conditions[1].condition_absent[0].duration == "300s"
    error_message = "Five minutes of silence do not raise the alarm."
  }

  assert {
    condition     = toset(google_monitoring_alert_policy.heartbeat.notification_channels) == toset([for channel in google_monitoring_notification_channel.page : channel.id]) && google_monitoring_alert_policy.heartbeat.alert_strategy[0].notification_prompts == tolist(["OPENED", "CLOSED"])
    error_message = "The alarm pages nobody, or does not say that it is over."
  }

  assert {
    condition     = google_monitoring_notification_channel.page["pagerduty"].labels == tomap({ email_address = "ballast@acme.pagerduty.com" }) && google_monitoring_notification_channel.page["oncall"].labels == tomap({ number = "+15005550006" }) && google_monitoring_notification_channel.page["oncall"].type == "sms"
    error_message = "A contact has no channel of its kind."
  }
}

run "ten_minutes_of_silence" {
  variables {
    silence_minutes = 10
  }

  assert {
    condition     = google_monitoring_alert_policy.heartbeat.conditions[1].condition_absent[0].duration == "600s" && output.alarm.silence_minutes == 10
    error_message = "The alarm waits for another time than asked for."
  }
}
