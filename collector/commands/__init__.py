"""The subcommands of ``campus-collector``, a file per subject: each parses, calls one function, prints, returns a code."""
