"""state_dict and load_state_dict."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn


class Normed(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(tg.ones(2))
        self.register_buffer("mean", tg.zeros(2))
        self.register_buffer("scratch", tg.zeros(2), persistent=False)
        self.register_buffer("absent", None)
        self.inner = nn.Linear(2, 3)


def values(module) -> dict[str, list]:
    return {name: t.tolist() for name, t in module.state_dict().items()}


def test_the_state_holds_parameters_and_persistent_buffers_detached():
    m = Normed()
    state = m.state_dict()
    assert list(state) == ["scale", "mean", "inner.weight", "inner.bias"]
    assert not any(t.requires_grad for t in state.values())
    assert list(m.state_dict(prefix="net.")) == [f"net.{name}" for name in state]
    assert m.state_dict(keep_vars=True)["scale"] is m.scale


def test_the_state_shares_memory():
    m = Normed()
    state = m.state_dict()
    with tg.no_grad():
        m.scale[0] = 7.0
    assert state["scale"].tolist() == [7.0, 1.0]


def test_shared_layers_have_all_their_names():
    layer = nn.Linear(1, 1)
    assert list(nn.Sequential(layer, layer).state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_loading_takes_over_every_value_and_keeps_the_tensors():
    a, b = Normed(), Normed()
    before = list(b.parameters())
    a.mean[1] = 4.0
    keys = b.load_state_dict(a.state_dict())
    assert values(a) == values(b)
    assert all(p is q for p, q in zip(before, b.parameters(), strict=True))
    assert keys == ([], []) and str(keys) == repr(keys) == "<All keys matched successfully>"
    with tg.no_grad():
        a.scale[0] = 9.0
    assert b.scale.tolist() == [1.0, 1.0]


def test_arrays_and_other_dtypes_are_copied_in():
    m = nn.Linear(2, 1)
    m.load_state_dict({"weight": np.array([[1.0, 2.0]]), "bias": tg.tensor([3])})
    assert m.weight.dtype == m.bias.dtype == tg.float32
    assert values(m) == {"weight": [[1.0, 2.0]], "bias": [3.0]}


def test_without_strict_only_common_names_are_loaded():
    m = nn.Linear(2, 1)
    keys = m.load_state_dict({"bias": tg.tensor([3.0]), "extra": tg.ones(1)}, strict=False)
    assert keys == (["weight"], ["extra"]) and m.bias.item() == 3.0
    assert repr(keys) == "IncompatibleKeys(missing_keys=['weight'], unexpected_keys=['extra'])"


@pytest.mark.parametrize(
    ("change", "strict", "match"),
    [
        ({"scale": None}, True, r'Missing key\(s\) in state_dict: "scale"'),
        ({"more": tg.ones(1)}, True, r'Unexpected key\(s\) in state_dict: "more"'),
        ({"inner.bias": tg.ones(4)}, False, r"size mismatch for inner.bias: .* shape \(4,\) .* model is \(3,\)"),
        ({"mean": 3.0}, True, "mean: a Tensor or an array is needed, got float"),
        ({"mean": tg.ones(2, dtype=tg.complex64)}, True, "dtype mismatch for mean: complex64"),
        ({"mean": np.array(["a", "b"])}, True, "dtype mismatch for mean"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, strict, match):
    m = Normed()
    before = values(m)
    state = {name: tg.zeros(*t.shape) + 5 for name, t in m.state_dict().items()} | change
    state = {name: t for name, t in state.items() if t is not None}
    with pytest.raises(RuntimeError, match=match):
        m.load_state_dict(state, strict)
    assert values(m) == before


def test_all_problems_are_listed_together():
    with pytest.raises(RuntimeError) as caught:
        nn.Linear(2, 1).load_state_dict({"weight": tg.ones(3), "more": tg.ones(1)})
    assert str(caught.value).startswith("[load_state_dict] Error(s) in loading state_dict for Linear:\n\t")
    for part in ("Unexpected", "Missing", "size mismatch"):
        assert part in str(caught.value)


def test_what_is_no_mapping_is_an_error():
    with pytest.raises(TypeError, match="must be a mapping, got list"):
        nn.Linear(1, 1).load_state_dict([])


def test_loading_between_forward_and_backward_is_noticed():
    m = nn.Linear(2, 1)
    with tg.tape():
        y = m(tg.ones(1, 2, requires_grad=True)).sum()
    m.load_state_dict({"weight": tg.ones(1, 2), "bias": tg.ones(1)})
    with pytest.raises(RuntimeError, match=r"inplace operation at .*test_state\.py"):
        y.backward()
