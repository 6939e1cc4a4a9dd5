"""Settings and guards that every test shares."""

import os

from hypothesis import settings

# A deadline would judge the machine, not the code: the first call of a kernel compiles it.
settings.register_profile("dev", max_examples=10, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("deep", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev"))
