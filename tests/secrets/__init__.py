# noqa: A005 - it mirrors tools/ballast/secrets
