"""ParameterList, ParameterDict."""

import pytest

import tapegrad as tg
from tapegrad import nn


def test_a_parameter_list_behaves_like_a_list_and_makes_parameters():
    c = nn.ParameterList([tg.ones(1), nn.Parameter(tg.ones(2))])
    c += [tg.zeros(3)]
    assert c.append(4.5) is c and len(c) == 4
    assert [name for name, _ in c.named_parameters()] == ["0", "1", "2"]
    assert c[-1] == 4.5 and c[2].shape == (3,) and c[1:][0] is c[1]
    c[0] = tg.zeros(5)
    assert isinstance(c[0], nn.Parameter) and [p.shape for p in list(c)[:2]] == [(5,), (2,)]
    assert repr(c) == (
        "ParameterList(\n"
        "    (0): Parameter containing: [float32 of size 5]\n"
        "    (1): Parameter containing: [float32 of size 2]\n"
        "    (2): Parameter containing: [float32 of size 3]\n"
        "    (3): Object of type: float\n"
        ")"
    )


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda c: c[2], IndexError, "index 2 is out of range: there are 1"),
        (lambda c: c.extend(tg.ones(2)), TypeError, "must be an iterable of parameters, got Tensor"),
        (lambda c: c.extend(3), TypeError, "got int"),
        (lambda c: c(1), RuntimeError, "ParameterList should not be called"),
    ],
)
def test_wrong_uses_of_a_parameter_list_are_errors(call, error, match):
    c = nn.ParameterList([tg.ones(1)])
    with pytest.raises(error, match=match):
        call(c)
    assert len(c) == 1


def test_a_parameter_dict_behaves_like_a_dictionary():
    d = nn.ParameterDict({"a": tg.ones(1), "keys": tg.ones(2)})
    d["c"] = 3
    assert list(d) == list(d.keys()) == ["a", "keys", "c"] and list(reversed(d)) == ["c", "keys", "a"]
    assert d["keys"].shape == (2,) and "a" in d and "b" not in d and len(d) == 3
    assert [name for name, _ in d.named_parameters()] == ["a", "keys"]
    assert d.get("b", 7) == 7 and d.setdefault("b", tg.zeros(4)).shape == (4,) and d.setdefault("c") == 3
    assert d.pop("c") == 3 and d.popitem()[0] == "b" and [k for k, _ in d.items()] == ["a", "keys"]
    e = d | {"x": tg.ones(1)}
    assert list(e) == ["a", "keys", "x"] and e["a"] is d["a"] and list({"z": 1} | d) == ["z", "a", "keys"]
    e |= {"y": 1}
    assert [type(v).__name__ for v in e.values()] == ["Parameter", "Parameter", "Parameter", "int"]
    assert list(d.fromkeys("pq", 1)) == ["p", "q"]
    del e["a"]
    e.clear()
    assert len(e) == 0 and len(d.copy()) == 2


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda d: d["forward"], KeyError),
        (lambda d: d.pop("b"), KeyError),
        (lambda d: d.popitem(), KeyError),
        (lambda d: d.update({3: tg.ones(1)}), TypeError),
        (lambda d: d(1), RuntimeError),
    ],
)
def test_wrong_uses_of_a_parameter_dict_are_errors(call, error):
    with pytest.raises(error):
        call(nn.ParameterDict())


def test_states_reach_into_parameter_containers():
    net = nn.Sequential()
    net.weights, net.named = nn.ParameterList([tg.ones(1)]), nn.ParameterDict({"a": tg.ones(1)})
    assert list(net.state_dict()) == ["weights.0", "named.a"]
    net.load_state_dict({"weights.0": tg.zeros(1), "named.a": tg.zeros(1)}, assign=True)
    assert net.weights[0].item() == net.named["a"].item() == 0
