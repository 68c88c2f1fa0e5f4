provider "helm" {}

variables {
  scheduling     = { node_selector = { "ballast/monitoring" = "true" }, tolerations = [{ key = "ballast/monitoring", operator = "Equal", value = "true", effect = "NoSchedule" }] }
  zones          = ["a", "b", "c"]
  priority_class = "monitoring"
  tls            = { secret_name = "victoriametrics-tls", server_name = "victoriametrics.victoriametrics.svc" }
  identity       = { service_account = "victoriametrics", annotations = { "eks.amazonaws.com/role-arn" = "arn:aws:iam::123456789012:role/victoriametrics" } }
  bucket         = { name = "acme-ballast-staging-backups" }
  cloud          = "aws"

  sizing = {
    insert  = { replicas = 2, cpu = "500m", memory = "512Mi" }
    select  = { replicas = 2, cpu = "500m", memory = "1Gi" }
    storage = { replicas = 3, cpu = "1", memory = "4Gi", storage_gb = 100 }
  }
}

run "both_copies_survive_a_zone" {
  assert {
    condition     = local.values.vmstorage.replicaCount == 3 && local.values.vminsert.extraArgs.replicationFactor == 2 && local.values.vmselect.extraArgs.replicationFactor == 2
    error_message = "A storage node's death loses samples or answers."
  }

  assert {
    condition     = alltrue([for name, part in { vminsert = local.values.vminsert, vmselect = local.values.vmselect, vmstorage = local.values.vmstorage } : part.podDisruptionBudget.maxUnavailable == 1 && part.topologySpreadConstraints[0].labelSelector.matchLabels.app == name && part.topologySpreadConstraints[0].minDomains == 3 && part.nodeSelector == var.scheduling.node_selector && part.priorityClassName == "monitoring" && part.podSecurityContext.runAsNonRoot])
    error_message = "A part is not spread, not kept, elsewhere, or runs as root."
  }

  assert {
    condition     = helm_release.this.chart == "victoria-metrics-cluster" && helm_release.this.version == local.chart.version && helm_release.this.namespace == "victoriametrics"
    error_message = "The chart is not the pinned one."
  }

  assert {
    condition     = alltrue([for name in ["vminsert", "vmselect", "vmstorage"] : "${local.values[name].image.registry}/${local.values[name].image.repository}:${local.values[name].image.tag}" == local.images[name] && endswith(local.values[name].image.tag, "-cluster")])
    error_message = "A part runs another image than the pinned one: the chart adds no variant to a tag that it is given."
  }

  assert {
    condition     = yamldecode(helm_release.this.values[0]).vmstorage.retentionPeriod == "14d" && local.values.vmstorage.persistentVolume.size == "100Gi"
    error_message = "Samples are kept for another time, or on another disk."
  }

  assert {
    condition     = local.values.vmstorage.extraArgs["storage.maxHourlySeries"] == 1000000 && local.values.vminsert.extraArgs.maxLabelsPerTimeseries == 40
    error_message = "Series are taken without limit."
  }
}

run "everything_is_on_loopback_behind_a_tunnel" {
  assert {
    condition     = alltrue([for part in [local.values.vminsert, local.values.vmselect, local.values.vmstorage] : startswith(part.extraArgs.httpListenAddr, "127.0.0.1:")]) && local.values.vmstorage.extraArgs.vminsertAddr == "127.0.0.1:18400" && local.values.vmstorage.extraArgs.vmselectAddr == "127.0.0.1:18401"
    error_message = "A part listens beyond loopback."
  }

  assert {
    condition     = length([for container in local.values.vmstorage.extraContainers : container if startswith(container.name, "tls-")]) == 3
    error_message = "A listener of storage has no tunnel."
  }

  assert {
    condition     = local.values.vminsert.extraArgs.storageNode == ["127.0.0.1:20000", "127.0.0.1:20001", "127.0.0.1:20002"] && local.values.vminsert.suppressStorageFQDNsRender
    error_message = "vminsert reaches storage past its tunnels."
  }

  assert {
    condition     = contains(flatten([for container in local.values.vmselect.extraContainers : container.args if container.name == "to-storage-2"]), "--target=vmstorage-2.vmstorage.victoriametrics.svc:8401")
    error_message = "vmselect's tunnels lead elsewhere."
  }

  assert {
    condition     = keys(module.monitors.objects) == ["servicemonitor/vminsert", "servicemonitor/vmselect", "servicemonitor/vmstorage"]
    error_message = "A part is not scraped."
  }

  assert {
    condition     = output.endpoints.insert == { host = "vminsert.victoriametrics.svc", port = 8443, protocol = "https", server_name = "victoriametrics.victoriametrics.svc" }
    error_message = "The endpoint is not where it is."
  }
}

run "backups_go_to_the_bucket_by_identity" {
  assert {
    condition     = strcontains(local.backup_container.command[2], "-dst=s3://acme-ballast-staging-backups/victoriametrics/$(POD_NAME)/latest")
    error_message = "Backups go elsewhere."
  }

  assert {
    condition     = local.values.serviceAccount.name == "victoriametrics" && local.values.serviceAccount.annotations == var.identity.annotations
    error_message = "Pods have not the identity that may write backups."
  }
}

run "everything_set_otherwise" {
  variables {
    namespace      = "series"
    cloud          = "gcp"
    retention_days = 30
    limits         = { hourly_series = 10, daily_series = 20, labels = 30 }
  }

  assert {
    condition     = strcontains(local.backup_container.command[2], "-dst=gs://") && local.values.vmstorage.retentionPeriod == "30d" && local.values.vmstorage.extraArgs["storage.maxDailySeries"] == 20 && output.endpoints.select.host == "vmselect.series.svc"
    error_message = "A setting has no effect."
  }
}
