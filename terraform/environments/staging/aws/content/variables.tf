variable "state" {
  description = "Bucket of the states, as backend.hcl names it, and its region (AWS): where the platform root's outputs are read."
  type = object({
    bucket = string
    region = optional(string)
  })
  nullable = false
}

variable "vault" {
  description = "How Vault is reached from where plans run: its name there, and the folder with the runner's client certificate (`tls.crt`, `tls.key`, `ca.crt`)."
  type = object({
    host         = string
    certificates = string
  })
  nullable = false
}

variable "logins" {
  description = "How people and CI sign in to Vault, by mount path (see module vault-content)."
  type = map(object({
    discovery_url = string
    audience      = string
    user_claim    = optional(string, "sub")
    roles = map(object({
      claims      = map(string)
      policies    = list(string)
      ttl_minutes = optional(number, 30)
    }))
  }))
  nullable = false
}

variable "teams" {
  description = "Teams in Grafana by name: e-mail addresses of members, or groups that Grafana Enterprise and Cloud follow."
  type = map(object({
    members = optional(list(string), [])
    groups  = optional(list(string), [])
  }))
  nullable = false
}

variable "folders" {
  description = "Folders in Grafana by uid, which is also the directory of their dashboards: title, the team that may edit, and whether only it may look."
  type = map(object({
    title   = string
    team    = optional(string)
    private = optional(bool, false)
  }))
  nullable = false
}

variable "oncall" {
  description = "On-call schedules in PagerDuty: whether this root makes them (one root of an account does), the team that gets what no service owns, and the id of the global orchestration."
  type = object({
    enabled             = bool
    default_team        = string
    event_orchestration = optional(string)
  })
  nullable = false
}
