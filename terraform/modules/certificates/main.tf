# cert-manager, and an authority of our own in three steps: a root that signs nothing but the issuing authority and that everybody
# trusts; the issuing authority, renewed every year with a new key without anybody having to trust anything new; and a certificate a
# component. Keys are made in the cluster and stay there: nothing of them is in values, state or outputs.

locals {
  chart = jsondecode(file("${path.module}/../charts.json"))["cert-manager"]
}

resource "helm_release" "this" {
  name       = "cert-manager"
  namespace  = var.namespace
  repository = trimsuffix(local.chart.source, "/cert-manager")
  chart      = "cert-manager"
  version    = local.chart.version

  values = [yamlencode(local.values)]

  atomic          = true
  cleanup_on_fail = true
  wait            = true
  timeout         = 600
  max_history     = 5
}

module "authority" {
  source = "../kubernetes-objects"

  name      = "certificate-authority"
  namespace = var.namespace
  objects   = local.authority

  # The kinds are cert-manager's, and its webhook has to answer.
  depends_on = [helm_release.this]
}

module "certificates" {
  source   = "../kubernetes-objects"
  for_each = toset([for certificate in values(var.certificates) : certificate.namespace])

  name      = "certificates"
  namespace = each.key
  objects   = { for name, document in local.certificates : "certificate/${name}" => jsonencode(document) if document.metadata.namespace == each.key }

  depends_on = [module.authority]
}
