"""Functions of elements on the device: NumPy's ufuncs and the formulas of the reference, each one kernel."""

import importlib

import numpy as np
import pytest

from tapegrad.kernels.cuda._array import DeviceArray

RNG = np.random.default_rng(0)
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e-9, 30.0, -30.0, np.inf, -np.inf, np.nan])
UFUNCS = sorted(
    {u.__name__: u for u in vars(np).values() if isinstance(u, np.ufunc) and not u.signature and u.nin < 3}.items()
)
LEFT = {"spacing", "isnat", "bitwise_count", "vecdot", "conj", "abs"}  # not functions with a derivative, nor of tensors
KINDS = "?bBhilLefdFD"


def arguments(count, dtype):
    """Every pair of special values, or of small numbers of that kind."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        a = np.array([True, False])
    elif dtype.kind in "iu":
        a = np.array([0, 1, 2, 3, 5, 7, *([-1, -2, -7] if dtype.kind == "i" else [])])
    elif dtype.kind == "f":
        a = SPECIAL
    else:
        a = np.array([0, 1, 1j, -1, 2 - 1j, -0.5 + 0.25j, 1e-3 - 2j])
    a = a.astype(dtype)
    return (a,) if count == 1 else tuple(x.ravel() for x in np.meshgrid(a, a))


def agree(got, want, u, case=None):
    got = got.to_host()
    assert got.dtype == want.dtype and got.shape == want.shape, (got.dtype, want.dtype)
    off = ~np.isclose(got, want, rtol=u, atol=u, equal_nan=True)
    assert not off.any(), (case[0], [tuple(a[off][:4]) for a in case[1]], got[off][:4], want[off][:4])


def tolerance(dtype):
    dtype = np.dtype(dtype)
    return 0 if dtype.kind in "biu" else 40 * np.finfo(np.float32 if dtype == np.complex64 else dtype).eps


@np.errstate(all="ignore")
@pytest.mark.parametrize(("name", "ufunc"), [u for u in UFUNCS if u[0] not in LEFT])
def test_a_ufunc_is_numpys_for_every_dtype(name, ufunc):
    for types in ufunc.types:
        inputs, outputs = types.split("->")
        if any(t not in KINDS for t in inputs + outputs) or len(set(inputs)) > 1:
            continue
        args = arguments(ufunc.nin, inputs[0])
        if "shift" in name:
            args = args[0], np.abs(args[1])
        if name == "power" and inputs[0] in "bhil":
            args = args[0], np.abs(args[1])
        if inputs[0] in "FD" and name in {"maximum", "minimum", "fmax", "fmin", "less", "greater", "less_equal"}:
            continue
        if inputs[0] in "FD" and name in {"greater_equal", "logical_and"}:
            continue
        if name == "nextafter" and inputs == "ee":  # its neighbour would be float32's
            continue
        if name == "reciprocal" and inputs[0] in "bBhHilL":
            args = (args[0][args[0] != 0],)
        got = ufunc(*map(DeviceArray.from_host, args))
        want = ufunc(*args)
        u = tolerance(outputs[0])
        for ours, theirs in zip(got if ufunc.nout > 1 else [got], want if ufunc.nout > 1 else [want], strict=True):
            agree(ours, theirs, u, (types, args))


FAMILIES = ["activation", "bessel", "gamma", "gaussian", "incomplete_gamma", "modified_bessel"]
SETTINGS = {"gelu": [("none",), ("tanh",)], "gelu_grad": [("none",), ("tanh",)], "softplus": [(2.0, 20.0)]}
SETTINGS |= {"softplus_grad": [(2.0, 20.0)], "polygamma": [(0,), (1,), (3,), (30,)], "erfcx": [(0,), (2,)]}
SETTINGS |= {"airy_ai": [(0,), (1,)]}
GRID = np.concatenate([SPECIAL, np.linspace(-12, 12, 17), RNG.uniform(0, 3, 12), [200.0, 1e4, -3.0, -7.0, 1e-3]])


def family_functions():
    for family in FAMILIES:
        for f in importlib.import_module(f"tapegrad.kernels.ref.{family}").__all__:
            for settings in SETTINGS.get(f, [()]):
                yield pytest.param(family, f, settings, id=f"{f}{settings or ''}")


def pair(family):
    """The device's module of a family, and the reference's."""
    return (importlib.import_module(f"tapegrad.kernels.{package}.{family}") for package in ("cuda", "ref"))


@np.errstate(all="ignore")
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(("family", "name", "settings"), list(family_functions()))
def test_a_formula_of_the_reference_gives_the_same_answers(family, name, settings, dtype):
    ours, theirs = (getattr(module, name) for module in pair(family))
    count = theirs.__code__.co_argcount - len(settings)
    grid = GRID if count == 1 else GRID[:: 2 if count == 2 else 6]
    args = [a.ravel().astype(dtype) for a in np.meshgrid(*[grid] * count)]
    agree(ours(*map(DeviceArray.from_host, args), *settings), theirs(*args, *settings), tolerance(dtype), (name, args))


@pytest.mark.parametrize("cut", [slice(None), slice(1, None), slice(None, None, -1), slice(0, 3)])
def test_results_go_into_given_arrays_even_while_these_are_read(cut):
    here = np.arange(6.0)
    there = DeviceArray.from_host(here)
    left = here[: len(here[cut])]
    left += here[cut]
    target = there[: left.size]
    np.add(target, there[cut], out=target)
    np.testing.assert_array_equal(there.to_host(), here)


def test_a_result_is_cast_to_the_array_that_takes_it():
    there = DeviceArray.from_host(np.zeros((2, 3), "f4"))
    np.add(DeviceArray.from_host(np.arange(3.0)), 1, out=there[1])
    np.testing.assert_array_equal(there.to_host(), [[0, 0, 0], [1, 2, 3]])
