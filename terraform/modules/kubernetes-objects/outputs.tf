output "objects" {
  description = "What was made: kind and name by key."
  value = {
    for key, document in var.objects : key => { kind = jsondecode(document).kind, name = jsondecode(document).metadata.name }
  }
  depends_on = [helm_release.this]
}
