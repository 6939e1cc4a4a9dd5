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


def test_assigning_puts_the_tensors_themselves_in_and_keeps_whether_gradients_are_wanted():
    m = nn.Linear(2, 1)
    m.bias.requires_grad_(False)
    weight, bias = nn.Parameter(tg.ones(1, 2, dtype=tg.float64)), np.array([2.0])
    m.load_state_dict({"weight": weight, "bias": bias}, assign=True)
    assert m.weight is weight and m.bias.dtype == tg.float64 and isinstance(m.bias, nn.Parameter)
    assert not m.bias.requires_grad and [name for name, _ in m.named_parameters()] == ["weight", "bias"]


@pytest.mark.parametrize("bias", [tg.ones(2), tg.tensor([1]), np.ones(1, ">f8")])
def test_an_assignment_that_does_not_fit_changes_nothing(bias):
    m = nn.Linear(2, 1)
    before = list(m.parameters())
    with pytest.raises((RuntimeError, ValueError), match=r"size mismatch|no gradients|byte order"):
        m.load_state_dict({"weight": tg.ones(1, 2), "bias": bias}, assign=True)
    assert all(p is q for p, q in zip(before, m.parameters(), strict=True))


class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.count = 0

    def get_extra_state(self):
        return {"count": self.count}

    def set_extra_state(self, state):
        self.count = state["count"]


def test_extra_state_travels_with_the_rest():
    a, b = nn.Sequential(nn.Linear(1, 1), Counting()), nn.Sequential(nn.Linear(1, 1), Counting())
    a[1].count = 7
    assert list(a.state_dict()) == ["0.weight", "0.bias", "1._extra_state"]
    b.load_state_dict(a.state_dict())
    assert b[1].count == 7
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "1._extra_state"'):
        b.load_state_dict(a[:1].state_dict())
    with pytest.raises(RuntimeError, match=r"get_extra_state\(\) is not defined"):
        nn.ReLU().get_extra_state()


def test_hooks_on_the_state_see_every_module_and_may_change_the_dictionary():
    net, seen = nn.Sequential(nn.Linear(1, 1, bias=False)), []
    net[0].register_state_dict_pre_hook(lambda module, prefix, keep_vars: seen.append((prefix, keep_vars)))
    net[0].register_state_dict_post_hook(
        lambda module, state, prefix, metadata: state.update({prefix + "old": state.pop(prefix + "weight")})
    )
    state = net.state_dict()
    assert seen == [("0.", False)] and list(state) == ["0.old"]

    def rename(module, state, prefix, metadata, strict, missing, unexpected, errors):
        state[prefix + "weight"] = state.pop(prefix + "old")

    net[0].register_load_state_dict_pre_hook(rename)
    net.register_load_state_dict_post_hook(lambda module, keys: seen.append(keys))
    assert net.load_state_dict({"0.old": tg.zeros(1, 1)}) == ([], []) and list(state) == ["0.old"]
    assert net[0].weight.item() == 0 and seen[1:] == [([], [])]


def test_an_error_that_a_hook_reports_keeps_everything_as_it_was():
    m = nn.Linear(1, 1)
    m.register_load_state_dict_pre_hook(lambda *args: args[-1].append("too old"))
    before = values(m)
    with pytest.raises(RuntimeError, match="too old"):
        m.load_state_dict({"weight": tg.ones(1, 1) * 5, "bias": tg.ones(1)})
    assert values(m) == before
