output "service_accounts" {
  description = "Service accounts by component: where they live, the annotations that they need, and the identity behind them."
  value = {
    for name, component in var.components : name => {
      namespace   = component.namespace
      name        = component.service_account
      identity    = aws_iam_role.this[name].arn
      annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.this[name].arn }
    }
  }
}
