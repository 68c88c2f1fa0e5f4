# An engine for chaos experiments, and who may break what with it. Experiments are custom resources that `ballast chaos` makes with the
# runner's rights; nobody else makes any, and there is nothing to click.

locals {
  chart = jsondecode(file("${path.module}/../charts.json"))[var.engine]
}

resource "helm_release" "this" {
  name       = var.engine
  namespace  = var.namespace
  repository = local.chart.source
  chart      = var.engine
  version    = local.chart.version

  values = [yamlencode(local.values[var.engine])]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 600
  max_history     = 5

  lifecycle {
    precondition {
      condition     = var.engine != "litmus" || var.litmus != null
      error_message = "engine is litmus, and litmus is not given: ChaosCenter needs a MongoDB and people's OpenID provider. Give litmus, or take engine = \"chaos-mesh\"."
    }
  }
}
