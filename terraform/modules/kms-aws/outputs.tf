output "keys" {
  description = "Keys by name, as other modules take them: an ARN on AWS, a key id (`projects/…/cryptoKeys/…`) on Google Cloud."
  value       = { for name, key in aws_kms_key.this : name => key.arn }
}
