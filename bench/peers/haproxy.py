"""HAProxy as a plain proxy with kept-alive upstream connections."""

from __future__ import annotations


def plain(port: int, upstream_port: int) -> str:
    """One thread, HTTP mode, reused connections."""
    return f"""
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option forwardfor
frontend in
  bind 127.0.0.1:{port}
  default_backend api
backend api
  server one 127.0.0.1:{upstream_port}
"""
