"""What an application may do: applications and subscriptions, as use cases that commands and pages share."""
