# Grafana and Vault are the platform root's. No credential is written here: tokens are asked for at run time and come by environment
# variables (GRAFANA_AUTH, VAULT_TOKEN, PAGERDUTY_TOKEN), short-lived, from the identity that runs; docs/platform.md says how.

data "terraform_remote_state" "platform" {
  backend = "s3"

  config = {
    bucket = var.state.bucket
    region = var.state.region
    key    = "production/aws/platform.tfstate"
  }
}

locals {
  platform = data.terraform_remote_state.platform.outputs
}

provider "grafana" {
  url = "https://${local.platform.grafana.host}"
}

# Reached from inside the network, with a client certificate of the internal authority.
provider "vault" {
  address          = "https://${var.vault.host}:8200"
  ca_cert_file     = "${var.vault.certificates}/ca.crt"
  skip_child_token = true

  client_auth {
    cert_file = "${var.vault.certificates}/tls.crt"
    key_file  = "${var.vault.certificates}/tls.key"
  }
}

provider "pagerduty" {}
