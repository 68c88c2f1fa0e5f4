# The cluster is another root's: nothing here is configured from what this root makes. A credential is asked for at run time, by the
# identity that runs, inside the network (the API is private).

data "terraform_remote_state" "cluster" {
  backend = "gcs"

  config = {
    bucket = var.state.bucket
    prefix = "staging/gcp/cluster"
  }
}

locals {
  cluster = data.terraform_remote_state.cluster.outputs

  access = {
    host                   = local.cluster.cluster.endpoint
    cluster_ca_certificate = base64decode(local.cluster.cluster.ca_certificate)

    exec = {
      api_version = "client.authentication.k8s.io/v1"
      command     = "gke-gcloud-auth-plugin"
      args        = []
    }
  }
}

provider "kubernetes" {
  host                   = local.access.host
  cluster_ca_certificate = local.access.cluster_ca_certificate

  exec {
    api_version = local.access.exec.api_version
    command     = local.access.exec.command
    args        = local.access.exec.args
  }
}

provider "helm" {
  kubernetes = local.access
}
