"""One module a chart; see `ballast.terraform.platform.registry`."""
