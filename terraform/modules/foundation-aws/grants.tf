# What a component's flags mean in grants. On AWS whoever uses an encrypted bucket or topic also needs its key.

locals {
  grants = {
    for name, component in var.components : name => merge(
      { for bucket, access in component.buckets : "bucket-${bucket}" => { kind = "bucket-${access}", target = module.storage.buckets[bucket].id } },
      { for key in ["storage-key"] : key => { kind = "key-use", target = module.keys.keys["storage"] } if length(component.buckets) > 0 },
      { for key in ["unseal-key"] : key => { kind = "key-use", target = module.keys.keys["unseal"] } if component.unseals },
      { for key in ["heartbeat"] : key => { kind = "topic-publish", target = module.heartbeat.destination } if component.heartbeat },
      { for key in ["heartbeat-key"] : key => { kind = "key-use", target = module.keys.keys["messaging"] } if component.heartbeat },
    )
  }
}
