"""The checks: small functions of the context, listed in `table.py`."""
