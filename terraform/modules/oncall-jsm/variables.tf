variable "people" {
  description = "`people` of alerts/oncall.yaml: whoever can be on call, by a short name."
  type = map(object({
    name  = string
    email = string
  }))
  nullable = false

  validation {
    condition     = length(var.people) > 0
    error_message = "people is empty: nobody could be on call. Give those of alerts/oncall.yaml."
  }
}

variable "schedules" {
  description = "`schedules` of alerts/oncall.yaml. A later layer stands over an earlier one, overrides over all."
  type = map(object({
    description = optional(string, "")
    time_zone   = string
    layers = list(object({
      name   = string
      people = list(string)
      turn   = optional(string, "1w")
      start  = string
      end    = optional(string)
      only = optional(list(object({
        days  = optional(list(string), ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])
        start = string
        until = string
      })), [])
    }))
    overrides = optional(list(object({
      person = string
      start  = string
      end    = string
      reason = string
    })), [])
  }))
  nullable = false

  validation {
    condition     = length(var.schedules) > 0 && alltrue([for schedule in values(var.schedules) : length(schedule.layers) > 0])
    error_message = "There is no schedule, or one without layers. Give those of alerts/oncall.yaml."
  }

  validation {
    condition = alltrue(flatten([
      for schedule in values(var.schedules) : [
        for name in concat(flatten(schedule.layers[*].people), schedule.overrides[*].person) : contains(keys(var.people), name)
      ]
    ]))
    error_message = "A schedule names somebody who is not among people: nobody would be told. Run `ballast validate`, which says where."
  }
}

variable "teams" {
  description = "`teams` of alerts/oncall.yaml: by the owner in service files, whom alerts go to, step by step."
  type = map(object({
    title = string
    steps = list(object({
      schedules = optional(list(string), [])
      people    = optional(list(string), [])
      minutes   = number
    }))
    repeat = optional(number, 2)
  }))
  nullable = false

  validation {
    condition = alltrue(flatten([
      for team in values(var.teams) : [
        for step in team.steps : concat(
          [length(step.schedules) + length(step.people) > 0],
          [for name in step.schedules : contains(keys(var.schedules), name)],
          [for name in step.people : contains(keys(var.people), name)],
        )
      ]
    ]))
    error_message = "A step of a team tells nobody, or names a schedule or person that is not there. Run `ballast validate`, which says where."
  }

  validation {
    condition     = length(var.teams) > 0 && alltrue([for team in values(var.teams) : length(team.steps) >= 2])
    error_message = "There is no team, or one with one step only: whoever sleeps through a page is the last to hear of it. Add a second."
  }
}

variable "services" {
  description = "Owner by service, as alerts/services has them."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for owner in values(var.services) : contains(keys(var.teams), owner)])
    error_message = "A service's owner is no team of the on-call file. Add the team there, or mend the owner."
  }
}

variable "default_team" {
  description = "The team that gets what no service owns."
  type        = string
  nullable    = false

  validation {
    condition     = contains(keys(var.teams), var.default_team)
    error_message = "default_team is no team of the on-call file: alerts without a known service would reach nobody."
  }
}

variable "account" {
  description = "Atlassian's organization, in which teams are made: admin.atlassian.com/o/<organization>."
  type = object({
    organization = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.account.organization))
    error_message = "account.organization is not an organization's id. It is in the address of admin.atlassian.com/o/…."
  }
}
