"""Texts are PyTorch's: a table of its answers (`test_format.json` says how it was made), then what follows for all."""

import ast
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tapegrad._format import format_array, get_printoptions, printoptions, set_printoptions

CASES = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))["cases"]
DEFAULTS = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}


def array_of(case):
    if case["dtype"].startswith("complex"):
        part = "float32" if case["dtype"] == "complex64" else "float64"
        return np.array(case["values"], part).view(case["dtype"]).reshape(case["shape"])
    return np.array(case["values"], case["dtype"]).reshape(case["shape"])


def options_of(case):
    options = case.get("options", {})
    return {name: math.inf if value is None else value for name, value in options.items()}


def format_case(case, a):
    rest = {name: case[name] for name in ("suffixes", "prefix", "default_dtype") if name in case}
    with printoptions(**options_of(case)):
        return format_array(a, **rest)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['dtype']}{case['shape']}")
def test_text_is_pytorchs(case):
    assert format_case(case, array_of(case)) == case["text"]


@pytest.mark.parametrize("case", CASES[::7], ids=lambda case: f"{case['dtype']}{case['shape']}")
def test_text_does_not_depend_on_the_layout(case):
    a = array_of(case)
    turned = np.flip(np.flip(a).copy()).reshape(a.shape)  # the reversal of a 0-d array has one dimension
    foreign = a.astype(a.dtype.newbyteorder())
    locked = np.array(a, order="F")
    locked.flags.writeable = False
    assert {format_case(case, b) for b in (turned, foreign, locked)} == {case["text"]}


@given(npst.arrays(st.sampled_from(["int8", "int64", "uint64", "bool"]), npst.array_shapes(min_dims=0)))
def test_integers_and_truth_values_can_be_read_back(a):
    elements = format_array(a, prefix="", indent=0, default_dtype=a.dtype).split("dtype=")[0].rstrip("), \n")
    np.testing.assert_array_equal(np.array(ast.literal_eval(elements), a.dtype), a)


@given(npst.arrays("float64", npst.array_shapes(min_dims=0), elements={"allow_nan": False, "allow_infinity": False}))
def test_floats_with_seventeen_digits_can_be_read_back(a):
    with printoptions(precision=17, sci_mode=True):
        text = format_array(a, prefix="", indent=0, default_dtype=a.dtype)
    np.testing.assert_array_equal(ast.literal_eval(text[:-1]), a)


@given(st.lists(st.floats(-1e9, 1e9).filter(bool), min_size=1, max_size=100), st.integers(30, 120))
def test_elements_keep_within_the_line(values, linewidth):
    with printoptions(linewidth=linewidth):
        text = format_array(np.array(values), default_dtype=np.float64)
    assert all(len(line) <= linewidth for line in text.removesuffix(")").splitlines())


@given(npst.arrays(npst.floating_dtypes(endianness="="), npst.array_shapes(min_dims=0)))
def test_formatting_warns_of_nothing_and_changes_nothing(a):
    before = a.tobytes()
    with np.errstate(all="raise"):
        format_array(a)
    assert a.tobytes() == before


def test_more_than_a_thousand_elements_are_summarised():
    assert format_array(np.arange(1001)) == "tensor([   0,    1,    2,  ...,  998,  999, 1000])"
    assert "..." not in format_array(np.arange(1000))


def test_a_device_is_named_before_size_and_dtype():
    text = format_array(np.zeros((0, 2), np.int8), suffixes=["grad_fn=<F>"], device="cuda:0")
    assert text == "tensor([], device='cuda:0', size=(0, 2), dtype=int8, grad_fn=<F>)"


def test_lines_continue_under_the_prefix():
    a = np.eye(2, dtype=np.float32)
    assert format_array(a, 9, prefix="MyTensor(") == "MyTensor([[1., 0.],\n          [0., 1.]])"


@pytest.mark.parametrize("a", [np.array(["text"]), np.array([None]), np.array(["2024-01-01"], "datetime64[D]")])
def test_dtypes_that_no_tensor_has_are_refused(a):
    with pytest.raises(TypeError, match=r"\[format_array\] `a` \(of dtype .*\) must be boolean, integer"):
        format_array(a)


def test_options_begin_as_pytorchs():
    assert get_printoptions() == DEFAULTS


def test_options_end_with_the_block_even_by_an_error():
    with pytest.raises(KeyError), printoptions(precision=1, profile="short", sci_mode=True):
        assert get_printoptions() == DEFAULTS | {"precision": 1, "edgeitems": 2, "sci_mode": True}
        raise KeyError
    assert get_printoptions() == DEFAULTS


def test_every_call_sets_sci_mode():
    with printoptions(sci_mode=True):
        set_printoptions(precision=2)
        assert get_printoptions() == DEFAULTS | {"precision": 2}


def test_options_serve_as_arguments():
    with printoptions(profile="full", linewidth=np.int64(120)):
        chosen = get_printoptions()
        set_printoptions(profile="short", linewidth=40)
        set_printoptions(**chosen)
        assert get_printoptions() == chosen == DEFAULTS | {"threshold": math.inf, "linewidth": 120}


@pytest.mark.parametrize(
    ("wrong", "error", "match"),
    [
        ({"precision": -1}, ValueError, r"`precision` \(=-1\) must be at least 0"),
        ({"precision": 2.0}, TypeError, r"`precision` \(=2.0\) must be an integer"),
        ({"precision": True}, TypeError, r"`precision` \(=True\) must be an integer"),
        ({"edgeitems": -3}, ValueError, r"`edgeitems` \(=-3\) must be at least 0"),
        ({"linewidth": 0}, ValueError, r"`linewidth` \(=0\) must be at least 1"),
        ({"linewidth": "80"}, TypeError, r"`linewidth` \(='80'\) must be an integer"),
        ({"threshold": -1}, ValueError, r"`threshold` \(=-1\) must be at least 0"),
        ({"threshold": math.nan}, ValueError, r"`threshold` \(=nan\) must be at least 0"),
        ({"threshold": "many"}, TypeError, r"`threshold` \(='many'\) must be a number"),
        ({"sci_mode": 1}, TypeError, r"`sci_mode` \(=1\) must be True, False or None"),
        ({"profile": "long"}, ValueError, r"`profile` \(='long'\) must be one of default, short, full"),
    ],
)
def test_wrong_options_are_refused_and_change_nothing(wrong, error, match):
    with pytest.raises(error, match=r"\[set_printoptions\] " + match):
        set_printoptions(**{"precision": 7, "edgeitems": 1} | wrong)
    assert get_printoptions() == DEFAULTS
