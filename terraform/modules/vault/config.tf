# Vault's configuration as data; Vault reads JSON where it reads HCL.

locals {
  folder = "/vault/tls"
  files = {
    cert = "${local.folder}/tls.crt"
    key  = "${local.folder}/tls.key"
    ca   = "${local.folder}/ca.crt"
  }

  seal = merge(
    { for key in [var.unseal.key] : "awskms" => { region = var.unseal.region, kms_key_id = key } if var.cloud == "aws" },
    {
      for part in regexall("^projects/([^/]+)/locations/([^/]+)/keyRings/([^/]+)/cryptoKeys/([^/]+)$", var.unseal.key) :
      "gcpckms" => { project = part[0], region = part[1], key_ring = part[2], crypto_key = part[3] }
    },
  )

  vault_config = {
    ui            = false
    disable_mlock = true

    listener = [{
      tcp = {
        address         = "0.0.0.0:8200"
        cluster_address = "0.0.0.0:8201"

        tls_cert_file                      = local.files.cert
        tls_key_file                       = local.files.key
        tls_client_ca_file                 = local.files.ca
        tls_require_and_verify_client_cert = true
        tls_min_version                    = "tls12"

        # Prometheus shows a client certificate like everybody, but holds no token.
        telemetry = { unauthenticated_metrics_access = true }
      }
    }]

    storage = {
      raft = {
        path = "/vault/data"
        retry_join = [for index in range(var.sizing.replicas) : {
          leader_api_addr         = "https://vault-${index}.vault-internal.${var.namespace}.svc:8200"
          leader_tls_servername   = "vault-${index}.vault-internal.${var.namespace}.svc"
          leader_ca_cert_file     = local.files.ca
          leader_client_cert_file = local.files.cert
          leader_client_key_file  = local.files.key
        }]
      }
    }

    seal                 = local.seal
    service_registration = { kubernetes = {} }
    telemetry            = { prometheus_retention_time = "24h", disable_hostname = true }
    default_lease_ttl    = "1h"
    max_lease_ttl        = "768h"
  }
}
