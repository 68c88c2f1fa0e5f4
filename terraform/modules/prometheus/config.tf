# Application configuration as typed data: Alertmanager's, the rules, the probes.

locals {
  routing = yamldecode(var.alertmanager_config)

  # Alertmanager's configuration is alerts/routing.yaml's; only the heartbeat's way is the cloud's own.
  alertmanager_config = merge(local.routing, {
    receivers = concat(
      [for receiver in local.routing.receivers : receiver if receiver.name != "heartbeat"],
      [jsondecode(local.heartbeat_receivers[var.heartbeat.kind])],
    )
  })

  # As text, because the two are of different shapes.
  heartbeat_receivers = {
    sns = jsonencode({
      name = "heartbeat"
      sns_configs = [{
        api_url       = "https://sns.${var.heartbeat.region}.amazonaws.com"
        topic_arn     = var.heartbeat.destination
        sigv4         = { region = var.heartbeat.region }
        send_resolved = false
        subject       = "Heartbeat of ${var.cluster}"
        message       = "Prometheus and Alertmanager of ${var.cluster} are alive."
      }]
    })
    webhook = jsonencode({
      name = "heartbeat"
      webhook_configs = [{
        url           = var.heartbeat.destination
        send_resolved = false
        http_config = {
          tls_config = {
            ca_file     = "${local.alertmanager_keys}/ca.crt"
            cert_file   = "${local.alertmanager_keys}/tls.crt"
            key_file    = "${local.alertmanager_keys}/tls.key"
            server_name = var.heartbeat.server_name
          }
        }
      }]
    })
  }

  heartbeat_rule = {
    apiVersion = "monitoring.coreos.com/v1"
    kind       = "PrometheusRule"
    metadata   = { name = "heartbeat", namespace = var.namespace }
    spec = {
      groups = [{
        name     = "heartbeat"
        interval = "15s"
        rules = [{
          alert       = "Heartbeat"
          expr        = "vector(1)"
          labels      = { severity = "none" }
          annotations = { summary = "Always firing: its absence is the alarm." }
        }]
      }]
    }
  }

  rules = {
    for service, text in var.rules : service => merge(yamldecode(text), {
      metadata = merge(yamldecode(text).metadata, { namespace = var.namespace })
    })
  }

  probes = {
    for name, probe in var.probes : "probe/${name}" => jsonencode({
      apiVersion = "monitoring.coreos.com/v1"
      kind       = "Probe"
      metadata   = { name = name, namespace = var.namespace }
      spec = {
        jobName  = "blackbox"
        interval = "15s"
        module   = probe.module
        prober   = { url = "${local.blackbox_host}:${local.ports.web}", scheme = "https", path = "/probe" }
        targets  = { staticConfig = { static = [probe.url], labels = { probe = name } } }
        tlsConfig = {
          serverName = var.tls.exporters.server_name
          ca         = { secret = { name = var.tls.prometheus.secret_name, key = "ca.crt" } }
          cert       = { secret = { name = var.tls.prometheus.secret_name, key = "tls.crt" } }
          keySecret  = { name = var.tls.prometheus.secret_name, key = "tls.key" }
        }
      }
    })
  }
}
