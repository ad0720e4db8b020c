"""Simulated links, networks and LANs out of network namespaces. Needs root; no packet leaves the machine."""
