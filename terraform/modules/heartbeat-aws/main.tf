# The dead man's switch. Alertmanager sends an always-firing alert to the heartbeat topic every minute (its own `sns_configs`,
# with the identity of its service account). When none has arrived for a while, CloudWatch, which shares nothing with the
# cluster, pages through a topic of its own.

resource "aws_sns_topic" "heartbeat" {
  name              = "${var.name}-heartbeat"
  kms_master_key_id = var.kms_key
}

resource "aws_sns_topic" "page" {
  name              = "${var.name}-heartbeat-page"
  display_name      = "Monitoring is silent"
  kms_master_key_id = var.kms_key
}

resource "aws_sns_topic_policy" "page" {
  arn = aws_sns_topic.page.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AlarmOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.page.arn
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account.id }
        ArnEquals    = { "aws:SourceArn" = "arn:aws:cloudwatch:${var.region}:${var.account.id}:alarm:${var.name}-heartbeat" }
      }
    }]
  })
}

resource "aws_sns_topic_subscription" "page" {
  for_each = var.contacts

  topic_arn = aws_sns_topic.page.arn
  protocol  = each.value.kind
  endpoint  = each.value.address
}

# SNS reports a topic's messages once a minute and stops six hours after the last one: missing data is the alarm, too.
resource "aws_cloudwatch_metric_alarm" "heartbeat" {
  alarm_name        = "${var.name}-heartbeat"
  alarm_description = "No heartbeat from ${var.name} for ${var.silence_minutes} minutes: Prometheus, Alertmanager or the whole cluster is dead. Alerts are not being delivered."

  namespace           = "AWS/SNS"
  metric_name         = "NumberOfMessagesPublished"
  dimensions          = { TopicName = aws_sns_topic.heartbeat.name }
  statistic           = "Sum"
  period              = 60
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  evaluation_periods  = var.silence_minutes
  datapoints_to_alarm = var.silence_minutes
  treat_missing_data  = "breaching"

  alarm_actions = [aws_sns_topic.page.arn]
  ok_actions    = [aws_sns_topic.page.arn]

  depends_on = [aws_sns_topic_policy.page]
}
