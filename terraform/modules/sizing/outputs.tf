output "sizing" {
  description = "By component, what its module takes as `sizing`."
  value       = local.sizing
}

output "partitions" {
  description = "Partitions of Kafka's topic of spans: Tempo has a live store and a block builder for each."
  value       = local.partitions
}

output "totals" {
  description = "Pods, cores, GB of memory and of disks that each component requests, the gateway at its largest. Operators and sidecars come on top."
  value       = local.totals
}

output "object_storage_gb_a_day" {
  description = "What a day adds to each bucket before retention takes it away: samples once for each Prometheus, logs and spans compressed to a fifth."
  value = {
    metrics = ceil(local.bytes * 2)
    logs    = ceil(var.load.logs_gb_a_day / 5)
    traces  = ceil(var.load.spans_gb_a_day / 5)
  }
}
