# What staging may cost a month, who pays, and what no plan tells. Read by `ballast cost` and before each apply (docs/costs.md).

# Present in person for every subscription and every single payment above $50.
owner = "ada@acme.example"

# US dollars by root, at the most nodes that its pools may have.
monthly_budget_usd = {
  "aws/bootstrap" = 10
  "aws/cluster"   = 5000
  "aws/platform"  = 2500
  "aws/content"   = 0
  "gcp/bootstrap" = 10
  "gcp/cluster"   = 5000
  "gcp/platform"  = 2500
  "gcp/content"   = 0
}

# GB a month, least and most: nat_gb for each gateway, log_gb for each log group; what lies in a bucket on average.
usage = {
  "aws/bootstrap" = { state_gb = [1, 5] }
  "aws/cluster"   = { nat_gb = [200, 2000], log_gb = [30, 300], audit_gb = [50, 1000], backups_gb = [100, 2000] }
  "gcp/bootstrap" = { state_gb = [1, 5] }
  "gcp/cluster"   = { nat_gb = [600, 6000], log_gb = [30, 300], audit_gb = [50, 1000], backups_gb = [100, 2000] }
}
