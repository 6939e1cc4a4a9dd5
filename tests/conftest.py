"""Settings and guards that every test shares."""

import os

import numpy as np
import pytest
from hypothesis import settings

import tapegrad
from tapegrad._tape import context

# A deadline would judge the machine, not the code: the first call of a kernel compiles it.
settings.register_profile("dev", max_examples=10, deadline=None)
settings.register_profile("ci", max_examples=40, deadline=None, derandomize=True)
settings.register_profile("deep", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev"))


def global_state() -> dict:
    """Return everything that a test could leave changed behind it."""
    return {
        "open tapes and modes": context.stack.get(),
        "default dtype": tapegrad.get_default_dtype(),
        "print options": tapegrad.get_printoptions(),
        "NumPy print options": np.get_printoptions(),
        "NumPy error handling": np.geterr(),
    }


@pytest.fixture(autouse=True)
def leaves_no_trace():
    """Fail a test that leaks global state, and put the state back for the next one."""
    before = global_state()
    tapegrad.manual_seed(0)  # a failure comes back when the test is run alone
    yield
    after = global_state()
    context.stack.set(before["open tapes and modes"])
    tapegrad.set_default_dtype(before["default dtype"])
    tapegrad.set_printoptions(**before["print options"])
    np.set_printoptions(**before["NumPy print options"])
    np.seterr(**before["NumPy error handling"])
    assert after == before
