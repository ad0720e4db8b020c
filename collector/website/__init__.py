"""The websites of the schools, checked from the collector: what the public sees of them over IPv6."""
