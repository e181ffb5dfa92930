"""Side-by-side load against the proxies that users would otherwise take; `python -m bench.run` writes RESULTS.md."""
