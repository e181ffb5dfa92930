"""`python -m firstclass`."""

from firstclass.cli.main import main

main()
