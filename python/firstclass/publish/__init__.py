"""Contracts, issuers and resources of a configuration become rows of the store, and rows become signed frames."""
