"""What several checks need to know of this machine's network: routes, links, address classes. No check of its own."""
