"""Firstclass: an API security gateway whose only policy language is the API's own contract."""
