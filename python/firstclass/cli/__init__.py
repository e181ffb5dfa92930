"""The commands, one file each. Nothing heavy is imported before the command that needs it runs."""
