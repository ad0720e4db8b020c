"""Official criteria as data, and the pure engine over them: no network, no clock, no database. ``now`` is an argument."""
