# terraform init -backend-config=backend.hcl (the bootstrap root prints these lines: output backend_config)
bucket = "acme-ballast-production-state"
region = "eu-west-1"
