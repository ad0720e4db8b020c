"""Lists of schools as counties keep them: CSV out of Excel, or YAML."""

from collector.register.read import Register, read_register

__all__ = ["Register", "read_register"]
