output "tls" {
  description = "By component, what its module takes as `tls`: the secret with `tls.crt`, `tls.key` and `ca.crt`, where the authority's certificate is (the same secret), the name to verify it by, and who it is to others. Known when the certificates are asked for."
  value = {
    for name, document in local.certificates : name => {
      secret_name = document.spec.secretName
      ca_secret   = document.spec.secretName
      server_name = document.spec.dnsNames[0]
      common_name = document.spec.commonName
    }
  }
  depends_on = [module.certificates]
}
