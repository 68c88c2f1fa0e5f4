# What a team edits. Every variable is explained in variables.tf.

organization = "acme"
account      = { id = "acme-ballast-production", number = "444444444444" }
region       = "europe-west1"

github = {
  organization = "acme"
  repository   = "ballast"
}

tags = {
  owner       = "team-sre"
  cost_centre = "observability"
}
