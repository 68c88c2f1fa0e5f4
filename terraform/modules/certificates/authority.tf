locals {
  metadata = { for name in ["ballast-bootstrap", "ballast-root", "ballast-issuing", "internal"] : name => { name = name } }

  # An authority's secret goes with its certificate, and everybody's trust with the root's: Helm removes neither.
  kept = { namespace = var.namespace, annotations = { "helm.sh/resource-policy" = "keep" } }

  root_hours     = 87600
  authority_key  = { algorithm = "ECDSA", size = 384, encoding = "PKCS8" }
  issuing_hours  = var.lifetimes.issuing * 24
  cluster_issuer = { group = "cert-manager.io", kind = "ClusterIssuer" }

  authority = {
    for key, document in {
      "clusterissuer/bootstrap" = {
        apiVersion = "cert-manager.io/v1"
        kind       = "ClusterIssuer"
        metadata   = local.metadata["ballast-bootstrap"]
        spec       = { selfSigned = {} }
      }
      "certificate/root" = {
        apiVersion = "cert-manager.io/v1"
        kind       = "Certificate"
        metadata   = merge(local.metadata["ballast-root"], local.kept)
        spec = {
          commonName = "Ballast root"
          isCA       = true
          secretName = "ballast-root"
          duration   = "${local.root_hours}h"
          # A year before its end it is renewed with the same key, so that what trusts the old one trusts the new one. A new key is a
          # change of trust for everybody: README, "Replace the root".
          renewBefore = "8760h"
          privateKey  = merge(local.authority_key, { rotationPolicy = "Never" })
          usages      = ["cert sign", "crl sign", "digital signature"]
          issuerRef   = merge(local.cluster_issuer, { name = "ballast-bootstrap" })
        }
      }
      "clusterissuer/root" = {
        apiVersion = "cert-manager.io/v1"
        kind       = "ClusterIssuer"
        metadata   = local.metadata["ballast-root"]
        spec       = { ca = { secretName = "ballast-root" } }
      }
      "certificate/issuing" = {
        apiVersion = "cert-manager.io/v1"
        kind       = "Certificate"
        metadata   = merge(local.metadata["ballast-issuing"], local.kept)
        spec = {
          commonName = "Ballast issuing authority"
          isCA       = true
          secretName = "ballast-issuing"
          duration   = "${local.issuing_hours}h"
          # Whatever it signed must have ended before it does.
          renewBefore = "${var.lifetimes.certificate * 24 * 2}h"
          privateKey  = merge(local.authority_key, { rotationPolicy = "Always" })
          usages      = ["cert sign", "crl sign", "digital signature"]
          issuerRef   = merge(local.cluster_issuer, { name = "ballast-root" })
        }
      }
      "clusterissuer/internal" = {
        apiVersion = "cert-manager.io/v1"
        kind       = "ClusterIssuer"
        metadata   = local.metadata["internal"]
        spec       = { ca = { secretName = "ballast-issuing" } }
      }
    } : key => jsonencode(document)
  }

  # Every name that a component is called by: a Service's names, each pod behind a headless one, who it is, and itself within the pod.
  names = {
    for name, certificate in var.certificates : name => distinct(concat(
      flatten([for service in concat(certificate.services, certificate.headless) : [
        for suffix in ["svc", "svc.cluster.local"] : "${service}.${certificate.namespace}.${suffix}"
      ]]),
      flatten([for service in certificate.headless : [
        for suffix in ["svc", "svc.cluster.local"] : "*.${service}.${certificate.namespace}.${suffix}"
      ]]),
      certificate.dns_names,
      [replace(coalesce(certificate.common_name, name), "_", "-"), "localhost"],
    ))
  }

  certificates = {
    for name, certificate in var.certificates : name => {
      apiVersion = "cert-manager.io/v1"
      kind       = "Certificate"
      metadata   = { name = name, namespace = certificate.namespace }
      spec = {
        commonName           = coalesce(certificate.common_name, name)
        secretName           = "${name}-tls"
        dnsNames             = local.names[name]
        ipAddresses          = ["127.0.0.1"]
        duration             = "${var.lifetimes.certificate * 24}h"
        renewBefore          = "${var.lifetimes.renewal * 24}h"
        revisionHistoryLimit = 3
        usages               = ["digital signature", "server auth", "client auth"]
        privateKey           = { algorithm = "ECDSA", size = 256, encoding = "PKCS8", rotationPolicy = "Always" }
        issuerRef            = merge(local.cluster_issuer, { name = "internal" })
      }
    }
  }
}
