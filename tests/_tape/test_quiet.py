"""What a sweep does to NumPy's warnings: nothing that is seen from outside."""

import importlib

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape
from tapegrad._tape import quiet

engine = importlib.import_module("tapegrad._tape.backward")  # the package has a function of that name


@pytest.mark.parametrize("found", [quiet._found(), (quiet._Public, {"all": "ignore"})])
def test_a_sweep_never_warns_and_leaves_the_users_settings(found, monkeypatch):
    monkeypatch.setattr(engine, "WARNINGS", found[0])
    monkeypatch.setattr(engine, "IGNORED", found[1])
    x = tg.tensor([0.0, 1e300], dtype=tg.float64, requires_grad=True)
    with np.errstate(all="ignore"), tape():
        y, z = 1 / x, x * 1.0
    z.register_hook(refuse)
    with np.errstate(all="raise", under="warn"):
        before = np.geterr()
        y.backward(tg.full((2,), 1e300, dtype=tg.float64))
        with pytest.raises(ZeroDivisionError):
            z.backward(tg.ones(2, dtype=tg.float64))
        assert np.geterr() == before
    assert x.grad.tolist() == [-np.inf, -1e-300]


def refuse(g):
    raise ZeroDivisionError


def test_numpy_s_own_variable_is_found():
    assert quiet.WARNINGS is not quiet._Public
