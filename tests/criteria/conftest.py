"""Laws are held to what they say and not to a clock: other work on the machine makes one example in a thousand slow."""

from hypothesis import settings

settings.register_profile("criteria", deadline=None)
settings.load_profile("criteria")
