"""Network access servers in the administration and the API: connecting, settings, secrets, dry runs."""
