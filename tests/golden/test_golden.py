"""Every listed operator gives PyTorch's answers: values, shapes, dtypes and gradients, and leaves its inputs alone.

The committed corpus has a few cases of each operator.  TAPEGRAD_GOLDEN=FILE judges by another, say the full one,
and then also finds the operators that tapegrad offers and the list forgot.
"""

import os
from collections import defaultdict
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import tapegrad as tg
from tests.golden.operators import ALWAYS_DOUBLE, NOT_COMPARABLE, OPERATORS, resolve
from tests.golden.reader import read_cases

FULL = os.environ.get("TAPEGRAD_GOLDEN")
CASES = defaultdict(list)
for case in read_cases(FULL or Path(__file__).with_name("cases.npz")):
    CASES[case.op].append(case)


def reversed_(a):
    back = (slice(None, None, -1),) * a.ndim
    return tg.from_numpy(np.asarray(a[back].copy()[back]))


def strided(a):
    gaps = np.zeros((*a.shape, 2), a.dtype)
    gaps[..., 0] = a
    return tg.from_numpy(gaps[..., 0])


def readonly(a):
    a.flags.writeable = False
    return tg.from_numpy(a)


def single(a):
    return tg.tensor(narrow(a))


def narrow(a):
    return a.astype(np.float32) if a.dtype == np.float64 else a


MAKERS = {"plain": tg.tensor, "reversed": reversed_, "strided": strided, "readonly": readonly, "float32": single}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@np.errstate(invalid="ignore")  # the corpus has roots of negative numbers
@pytest.mark.parametrize("op", OPERATORS)
def test_operator_gives_pytorchs_answers(op, make):
    function = resolve(op)
    assert function is not None, "tapegrad does not offer it"
    assert CASES[op], "the corpus has no case of it"
    for case in CASES[op]:
        try:
            judge(function, case, make)
        except Exception as error:
            error.add_note(f"in case {case.number} of {op}: {describe(case.args)} {describe(case.kwargs)}")
            raise


def test_every_operator_that_is_offered_is_listed():
    offered = {op for op in CASES if resolve(op) is not None}
    assert offered - NOT_COMPARABLE <= set(OPERATORS)


def judge(function, case, make):
    """Compare one call, and the gradients of its outputs weighted by the cotangents, with PyTorch's.

    No array is looked at before the sweep is over: memory that NumPy can reach is treated with more care.
    """
    inputs = {}  # path: (tensor, the array it was made of)
    args = convert(case.args, (), make, inputs)
    kwargs = convert(case.kwargs, (), make, inputs)
    leaves = [inputs[path][0].requires_grad_(True) for path in case.paths]
    is_narrow = make is single and case.op not in ALWAYS_DOUBLE and "dtype" not in case.kwargs
    wanted = [narrow(output) for output in case.outputs] if is_narrow else case.outputs

    with tg.tape():
        result = function(*args, **kwargs)
        outputs = result if isinstance(result, tuple | list) else [result]
        assert len(outputs) == len(wanted)
        terms = [
            (outputs[k] * tg.tensor(cotangent.astype(wanted[k].dtype))).sum()
            for k, cotangent in case.cotangents.items()
            if outputs[k].requires_grad
        ]
        loss = sum(terms[1:], start=terms[0]) if terms else None
    if loss is not None:
        loss.backward()

    check = partial(compare, rtol=3e-3, atol=3e-4) if make is single else partial(compare, rtol=1e-7, atol=1e-7)
    for output, want in zip(outputs, wanted, strict=True):
        check(output.detach().numpy(), want)
    for leaf, gradient in zip(leaves, case.gradients, strict=True):
        value = leaf.detach().numpy()
        got = np.zeros_like(value) if leaf.grad is None else leaf.grad.detach().numpy()
        check(got, np.zeros_like(value) if gradient is None else gradient.astype(value.dtype))
    for tensor, array in inputs.values():
        value = tensor.detach().numpy()
        np.testing.assert_array_equal(value, array.astype(value.dtype), "an input was changed")


def convert(value, path, make, inputs):
    """Return `value` with a tensor for each array, and enter both in `inputs` by their path."""
    if isinstance(value, np.ndarray):
        inputs[path] = make(value.copy()), value
        return inputs[path][0]
    if isinstance(value, dict):
        return {name: convert(item, (*path, name), make, inputs) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(convert(item, (*path, k), make, inputs) for k, item in enumerate(value))
    return value


def compare(got, want, rtol, atol):
    assert (got.shape, got.dtype) == (want.shape, want.dtype)
    if want.dtype.kind == "f":
        np.testing.assert_allclose(got, want, rtol, atol)
    else:
        np.testing.assert_array_equal(got, want)


def describe(value):
    """Return a short text of arguments: arrays by dtype and shape."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, dict):
        return ", ".join(f"{name}={describe(item)}" for name, item in value.items())
    if isinstance(value, tuple | list):
        return f"({', '.join(map(describe, value))})"
    return repr(value)
