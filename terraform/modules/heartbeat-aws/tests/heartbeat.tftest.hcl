provider "aws" {
  region = "eu-west-1"
}

variables {
  name    = "ballast-test"
  account = { id = "123456789012" }
  region  = "eu-west-1"
  kms_key = "arn:aws:kms:eu-west-1:123456789012:key/messaging"
  contacts = {
    pagerduty = { kind = "email", address = "ballast@acme.pagerduty.com" }
    oncall    = { kind = "sms", address = "+15005550006" }
  }
}

run "silence_pages" {
  assert {
    condition     = output.destination == aws_sns_topic.heartbeat.arn && aws_cloudwatch_metric_alarm.heartbeat.dimensions == tomap({ TopicName = aws_sns_topic.heartbeat.name })
    error_message = "The alarm watches another topic than the heartbeat's."
  }

  assert {
    condition     = output.alarm == { id = aws_cloudwatch_metric_alarm.heartbeat.arn, silence_minutes = 5, contacts = ["oncall", "pagerduty"] }
    error_message = "Output alarm does not describe the alarm."
  }

  # Missing data is silence, too: SNS stops reporting a topic that nobody uses.
  assert {
    condition     = aws_cloudwatch_metric_alarm.heartbeat.treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.heartbeat.comparison_operator == "LessThanThreshold" && aws_cloudwatch_metric_alarm.heartbeat.threshold == 1 && aws_cloudwatch_metric_alarm.heartbeat.period == 60 && aws_cloudwatch_metric_alarm.heartbeat.evaluation_periods == 5 && aws_cloudwatch_metric_alarm.heartbeat.datapoints_to_alarm == 5
    error_message = "Five minutes of silence do not raise the alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.heartbeat.alarm_actions == toset([aws_sns_topic.page.arn]) && aws_cloudwatch_metric_alarm.heartbeat.ok_actions == toset([aws_sns_topic.page.arn])
    error_message = "The alarm pages nobody, or does not say that it is over."
  }

  assert {
    condition     = { for name, subscription in aws_sns_topic_subscription.page : name => "${subscription.topic_arn} ${subscription.protocol} ${subscription.endpoint}" } == { for name, contact in var.contacts : name => "${aws_sns_topic.page.arn} ${contact.kind} ${contact.address}" }
    error_message = "A contact is not on the page topic."
  }

  assert {
    condition     = aws_sns_topic.page.arn != aws_sns_topic.heartbeat.arn && aws_sns_topic.page.kms_master_key_id == var.kms_key && aws_sns_topic.heartbeat.kms_master_key_id == var.kms_key
    error_message = "Pages and heartbeats share a topic, or one is not encrypted with our key."
  }

  assert {
    condition     = aws_sns_topic_policy.page.arn == aws_sns_topic.page.arn && jsondecode(aws_sns_topic_policy.page.policy).Statement[0].Principal.Service == "cloudwatch.amazonaws.com" && jsondecode(aws_sns_topic_policy.page.policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:${aws_cloudwatch_metric_alarm.heartbeat.alarm_name}"
    error_message = "Others than this alarm may page."
  }
}

run "ten_minutes_of_silence" {
  variables {
    silence_minutes = 10
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.heartbeat.evaluation_periods == 10 && output.alarm.silence_minutes == 10
    error_message = "The alarm waits for another time than asked for."
  }
}
