"""Every operator and every rule runs on an array class that NumPy cannot look into, with the same answers."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad._tape import plain
from tests.golden.operators import OPERATORS, resolve
from tests.golden.test_golden import CASES, convert, describe
from tests.opaque import Opaque


def on_device(a):
    return plain(Opaque(a))


@np.errstate(invalid="ignore")  # the corpus has roots of negative numbers
@pytest.mark.parametrize("op", OPERATORS)
def test_operator_runs_where_numpy_cannot_look(op):
    for case in CASES[op]:
        for want, got in answers(op, case, on_device):
            assert type(got) is Opaque
            np.testing.assert_allclose(got.hidden, want, rtol=1e-12, atol=1e-12)


def answers(op, case, make):
    """Pairs of arrays, NumPy's and those of tensors that `make` makes: all that `run` returns, where it is not None."""
    try:
        here, there = (run(resolve(op), case, tensor) for tensor in (tg.tensor, make))
    except Exception as error:
        error.add_note(f"in case {case.number} of {op}: {describe(case.args)} {describe(case.kwargs)}")
        raise
    assert len(here) == len(there)
    for want, got in zip(here, there, strict=True):
        assert (want is None) == (got is None)
        if want is not None:
            yield want._array, got._array


def run(function, case, make):
    """Return the outputs, the gradients and the gradients of the gradients."""
    inputs = {}
    args = convert(case.args, (), make, inputs)
    kwargs = convert(case.kwargs, (), make, inputs)
    leaves = [inputs[path][0].requires_grad_(True) for path in case.paths]
    with tg.tape():
        result = function(*args, **kwargs)
        outputs = list(result) if isinstance(result, tuple | list) else [result]
        tracked = [y for y in outputs if y.requires_grad]
        if not tracked:
            return outputs
        seeds = [plain(y._array * 0 + 1) for y in tracked]
        first = tg.autograd.grad(tracked, leaves, seeds, create_graph=True, allow_unused=True)
        again = [g for g in first if g is not None and g.requires_grad]
        if not again:
            return [*outputs, *first]
        seeds = [plain(g._array * 0 + 1) for g in again]
        return [*outputs, *first, *tg.autograd.grad(again, leaves, seeds, allow_unused=True)]
