# Only after the services are admitted: whoever takes a key from here can use it.
output "keys" {
  description = "Keys by name, as other modules take them: an ARN on AWS, a key id (`projects/…/cryptoKeys/…`) on Google Cloud."
  value       = { for name, key in google_kms_crypto_key.this : name => key.id }

  depends_on = [google_kms_crypto_key_iam_member.agent]
}
