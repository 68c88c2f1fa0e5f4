# Vault with integrated storage, unsealed by the cloud's key. What is inside (logins, policies, secrets engines, audit devices) is module
# vault-content's, through Vault's API.

locals {
  chart = jsondecode(file("${path.module}/../charts.json"))["vault"]
}

resource "helm_release" "this" {
  name       = "vault"
  namespace  = var.namespace
  repository = local.chart.source
  chart      = "vault"
  version    = local.chart.version

  values = [yamlencode(local.values)]

  # A new Vault is not ready until somebody has initialised it (README): waiting for it would undo the release.
  wait            = false
  cleanup_on_fail = true
  timeout         = 600
  max_history     = 5
}
