output "destination" {
  description = "Where the heartbeat is sent: an SNS topic's ARN on AWS, a Pub/Sub topic's id on Google Cloud. Grant its sender `topic-publish` on it."
  value       = aws_sns_topic.heartbeat.arn
}

output "alarm" {
  description = "The cloud's alarm on the heartbeat's absence, and the minutes of silence after which it pages."
  value = {
    id              = aws_cloudwatch_metric_alarm.heartbeat.arn
    silence_minutes = aws_cloudwatch_metric_alarm.heartbeat.evaluation_periods
    contacts        = [for name, subscription in aws_sns_topic_subscription.page : name]
  }
}
