output "destination" {
  description = "Where the heartbeat is sent: an SNS topic's ARN on AWS, a Pub/Sub topic's id on Google Cloud. Grant its sender `topic-publish` on it."
  value       = google_pubsub_topic.heartbeat.id
}

output "alarm" {
  description = "The cloud's alarm on the heartbeat's absence, and the minutes of silence after which it pages."
  value = {
    id              = google_monitoring_alert_policy.heartbeat.name
    silence_minutes = var.silence_minutes
    contacts        = [for name, channel in google_monitoring_notification_channel.page : name]
  }
}
