variables {
  namespace      = "pki"
  zones          = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  priority_class = "platform"
  scheduling = {
    node_selector = { "ballast.dev/monitoring" = "true" }
    tolerations   = [{ key = "ballast.dev/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }, { key = "spot", operator = "Exists" }]
  }
  sizing    = { replicas = 3, cpu = "100m", memory = "256Mi" }
  lifetimes = { certificate = 20, renewal = 7, issuing = 180 }
  certificates = {
    loki             = { namespace = "loki", services = ["loki-gateway"], headless = ["loki-ingester"] }
    thanos           = { namespace = "thanos", dns_names = ["thanos.monitoring.example.com"] }
    vault-postgresql = { namespace = "vault", common_name = "vault_admin" }
    vault            = { namespace = "vault", headless = ["vault-internal"] }
  }
}

run "an_authority_and_a_certificate_a_component" {
  assert {
    condition     = helm_release.this.repository == "oci://quay.io/jetstack/charts" && helm_release.this.chart == "cert-manager" && helm_release.this.namespace == "pki" && helm_release.this.version != ""
    error_message = "The chart is not the pinned one in its namespace."
  }

  assert {
    condition = alltrue([
      for pods in [yamldecode(helm_release.this.values[0]), yamldecode(helm_release.this.values[0]).webhook, yamldecode(helm_release.this.values[0]).cainjector] :
      pods.replicaCount == 3 && pods.podDisruptionBudget.enabled && pods.resources.requests == { cpu = "100m", memory = "256Mi" } &&
      pods.topologySpreadConstraints[0].minDomains == 3 && pods.securityContext.runAsNonRoot && pods.containerSecurityContext.capabilities.drop == ["ALL"] &&
      pods.extraArgs == ["--metrics-listen-address=127.0.0.1:9402"]
    ])
    error_message = "A deployment is not spread, limited or confined, or shows its metrics without client certificates."
  }

  assert {
    condition = (
      tomap(yamldecode(helm_release.this.values[0]).global.nodeSelector) == var.scheduling.node_selector &&
      yamldecode(helm_release.this.values[0]).global.priorityClassName == "platform" &&
      length(yamldecode(helm_release.this.values[0]).tolerations) == 2 && !contains(keys(yamldecode(helm_release.this.values[0]).tolerations[1]), "value")
    )
    error_message = "The pods are not where they were asked to be."
  }

  assert {
    condition     = length(distinct([for component in ["controller", "cainjector", "webhook"] : local.spread[component][0].labelSelector.matchLabels["app.kubernetes.io/component"]])) == 3
    error_message = "Two deployments are spread as one."
  }

  assert {
    condition     = module.authority.objects["certificate/root"].name == "ballast-root" && length(module.authority.objects) == 5
    error_message = "The authority is not root, issuing authority and their issuers."
  }

  assert {
    condition = (
      alltrue([for key in ["certificate/root", "certificate/issuing"] : jsondecode(local.authority[key]).metadata.annotations["helm.sh/resource-policy"] == "keep"]) &&
      jsondecode(local.authority["certificate/root"]).spec.privateKey.rotationPolicy == "Never" &&
      jsondecode(local.authority["certificate/issuing"]).spec.privateKey.rotationPolicy == "Always" &&
      jsondecode(local.authority["certificate/issuing"]).spec.duration == "4320h" && jsondecode(local.authority["certificate/issuing"]).spec.renewBefore == "960h" &&
      jsondecode(local.authority["certificate/issuing"]).spec.issuerRef.name == jsondecode(local.authority["clusterissuer/root"]).metadata.name &&
      jsondecode(local.authority["clusterissuer/root"]).spec.ca.secretName == jsondecode(local.authority["certificate/root"]).spec.secretName &&
      jsondecode(local.authority["clusterissuer/internal"]).spec.ca.secretName == jsondecode(local.authority["certificate/issuing"]).spec.secretName
    )
    error_message = "The authority's steps do not follow each other, or the wrong key is renewed."
  }

  assert {
    condition = alltrue([for name, document in local.certificates :
      document.spec.duration == "480h" && document.spec.renewBefore == "168h" && document.spec.privateKey.rotationPolicy == "Always" &&
      contains(document.spec.usages, "server auth") && contains(document.spec.usages, "client auth") && document.spec.issuerRef == { group = "cert-manager.io", kind = "ClusterIssuer", name = "internal" }
    ])
    error_message = "A certificate is not for serving and calling, or is not renewed with a new key by the internal authority."
  }

  assert {
    condition = toset(local.names["loki"]) == toset([
      "loki-gateway.loki.svc", "loki-gateway.loki.svc.cluster.local", "loki-ingester.loki.svc", "loki-ingester.loki.svc.cluster.local",
      "*.loki-ingester.loki.svc", "*.loki-ingester.loki.svc.cluster.local", "loki", "localhost",
    ])
    error_message = "Loki's certificate is for other names than its services and pods."
  }

  assert {
    condition = output.tls["loki"] == { secret_name = "loki-tls", ca_secret = "loki-tls", server_name = "loki-gateway.loki.svc", common_name = "loki" } && output.tls["vault-postgresql"] == {
      secret_name = "vault-postgresql-tls", ca_secret = "vault-postgresql-tls", server_name = "vault-admin", common_name = "vault_admin"
    }
    error_message = "The output does not say where certificates are and whose they are."
  }

  assert {
    condition     = toset(keys(module.certificates["vault"].objects)) == toset(["certificate/vault", "certificate/vault-postgresql"]) && keys(module.certificates["thanos"].objects) == ["certificate/thanos"]
    error_message = "A certificate is in another namespace than its component."
  }

}

run "an_authority_alone" {
  command = plan
  variables {
    certificates = {}
  }
  assert {
    condition     = length(output.tls) == 0 && length(module.certificates) == 0
    error_message = "There are certificates though none was asked for."
  }
}
