provider "aws" {
  region = "eu-west-1"
}

variables {
  name    = "ballast-test"
  account = { id = "123456789012" }
  region  = "eu-west-1"
  keys = {
    secrets   = { purpose = "kubernetes-secrets" }
    disks     = { purpose = "disks" }
    storage   = { purpose = "object-storage" }
    logs      = { purpose = "logs" }
    audit     = { purpose = "audit", rotation_days = 180 }
    messaging = { purpose = "messaging" }
    unseal    = { purpose = "unseal" }
  }
}

run "a_key_a_use" {
  assert {
    condition     = output.keys == { for name, key in aws_kms_key.this : name => key.arn } && length(output.keys) == 7
    error_message = "The keys handed out are not the keys made."
  }

  assert {
    condition     = alltrue([for name, alias in aws_kms_alias.this : alias.target_key_id == aws_kms_key.this[name].key_id && alias.name == "alias/ballast-test-${name}"])
    error_message = "An alias names another key."
  }

  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.enable_key_rotation && key.deletion_window_in_days == 30])
    error_message = "A key does not rotate, or can be gone in less than 30 days."
  }

  assert {
    condition     = aws_kms_key.this["secrets"].rotation_period_in_days == 365 && aws_kms_key.this["audit"].rotation_period_in_days == 180
    error_message = "A key rotates at another pace than asked for."
  }

  assert {
    condition     = alltrue([for key in aws_kms_key.this : alltrue([for statement in jsondecode(key.policy).Statement : alltrue([for action in flatten([statement.Action]) : !strcontains(action, "*")])])])
    error_message = "A key policy allows actions by wildcard."
  }

  assert {
    condition     = alltrue([for name in ["secrets", "storage", "unseal"] : length(jsondecode(aws_kms_key.this[name].policy).Statement) == 1])
    error_message = "A key that only workloads use admits a service of AWS."
  }

  assert {
    condition     = jsondecode(aws_kms_key.this["logs"].policy).Statement[1].Principal.Service == "logs.eu-west-1.amazonaws.com" && strcontains(jsonencode(jsondecode(aws_kms_key.this["logs"].policy).Statement[1].Condition), ":123456789012:log-group:")
    error_message = "The key of logs admits more than this account's log groups."
  }

  assert {
    condition     = jsondecode(aws_kms_key.this["messaging"].policy).Statement[1].Principal.Service == "cloudwatch.amazonaws.com" && jsondecode(aws_kms_key.this["audit"].policy).Statement[1].Principal.Service == "cloudtrail.amazonaws.com"
    error_message = "The keys of messages and audit records do not admit their services."
  }
}
