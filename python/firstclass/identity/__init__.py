"""Who calls: API keys, and the keyring that their digests, signatures and masks rest on."""
