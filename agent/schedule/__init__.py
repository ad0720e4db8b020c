"""Regular runs by the system's own scheduler: no process of ours stays between them."""
