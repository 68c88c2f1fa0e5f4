# What a team edits. Every variable is explained in variables.tf.

organization = "acme"
account      = { id = "111111111111" }
region       = "eu-west-1"

github = {
  organization = "acme"
  repository   = "ballast"
}

tags = {
  owner       = "team-sre"
  cost_centre = "observability"
}
