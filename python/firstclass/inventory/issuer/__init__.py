"""What an existing OAuth provider does unsafely: by its own metadata, and by a token of it."""
