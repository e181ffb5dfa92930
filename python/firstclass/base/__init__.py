"""What everything stands on: settings, clock, randomness, secret type."""
