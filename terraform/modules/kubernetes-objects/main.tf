# Kubernetes objects that no provider resource describes (custom resources), through a chart of ours: a plan needs no cluster and no
# CRD, `kubernetes_manifest` needs both.

resource "helm_release" "this" {
  name      = var.name
  namespace = var.namespace
  chart     = "${path.module}/chart"

  values = [jsonencode({ objects = var.objects })]

  # All or nothing, and wait until what was made is there.
  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = var.timeout_seconds

  # Charts of our own are in this repository: nothing is fetched.
  dependency_update = false
  max_history       = 5
}
