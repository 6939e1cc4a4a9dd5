"""Sequential, ModuleList, ModuleDict."""

from collections import OrderedDict

import pytest

import tapegrad as tg
from tapegrad import nn


def three() -> nn.Sequential:
    return nn.Sequential(nn.ReLU(), nn.Tanh(), nn.GELU())


def kinds(modules) -> list[str]:
    return [type(m).__name__ for m in modules]


@pytest.mark.parametrize("kind", [lambda *m: nn.Sequential(*m), lambda *m: nn.ModuleList(m)])
def test_numbered_containers_behave_like_lists(kind):
    c = kind(nn.ReLU(), nn.Tanh())
    assert c.append(nn.GELU()).insert(0, nn.ELU()).extend([nn.SELU()]) is c
    assert kinds(c) == ["ELU", "ReLU", "Tanh", "GELU", "SELU"] and len(c) == 5
    assert list(c._modules) == ["0", "1", "2", "3", "4"]
    assert c[-1] is c[4] and kinds(c[1:3]) == ["ReLU", "Tanh"]
    del c[1:3]
    assert type(c.pop(0)).__name__ == "ELU" and list(c._modules) == ["0", "1"]
    c[0] = nn.CELU()
    assert kinds(c) == ["CELU", "SELU"]


@pytest.mark.parametrize("kind", [nn.Sequential, nn.ModuleList])
def test_wrong_places_and_kinds_are_errors_and_change_nothing(kind):
    c = kind()
    c.append(nn.ReLU())
    for wrong in (lambda: c[1], lambda: c[-2], lambda: c.insert(3, nn.ReLU()), lambda: c.pop(5)):
        with pytest.raises(IndexError, match=r"out of range|must lie in -1 … 1"):
            wrong()
    for wrong in (lambda: c.append(3), lambda: c.insert(0, 3), lambda: c.__setitem__(0, 3)):
        with pytest.raises(TypeError):
            wrong()
    assert kinds(c) == ["ReLU"]


def test_sequential_feeds_each_module_with_what_the_one_before_returns():
    x = tg.tensor([[-1.0, 0.5]])
    net = three()
    assert (net(x) == net[2](net[1](net[0](x)))).all()
    assert nn.Sequential()(x) is x


def test_sequentials_add_and_multiply():
    a, b = three(), nn.Sequential(nn.ELU())
    assert kinds(a + b) == ["ReLU", "Tanh", "GELU", "ELU"] and kinds(a) == ["ReLU", "Tanh", "GELU"]
    assert kinds(2 * b) == kinds(b * 2) == ["ELU", "ELU"] and (b * 2)[1] is b[0]
    a += b
    b *= 3
    assert len(a) == 4 and list(b._modules) == ["0", "1", "2"]
    for wrong, error in ((0, ValueError), (1.5, TypeError)):
        with pytest.raises(error, match="the factor"):
            b * wrong
    with pytest.raises(TypeError):
        b + 3
    longer = nn.ModuleList([nn.ReLU()]) + [nn.Tanh()]  # noqa: RUF005 (it is the operator that is tested)
    assert kinds(longer) == ["ReLU", "Tanh"]


def test_sequential_takes_names_and_slices_keep_them():
    net = nn.Sequential(OrderedDict([("first", nn.ReLU()), ("second", nn.Tanh())]))
    assert net.second is net[1] and list(net[1:]._modules) == ["second"]
    assert list(three()[1:]._modules) == ["1", "2"]
    assert kinds(three()[1:].append(nn.ELU())) == ["Tanh", "GELU", "ELU"]


def test_a_slice_shares_its_modules():
    net = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
    assert net[:1][0] is net[0]


def test_module_list_is_not_callable_but_finds_parameters():
    layers = nn.ModuleList(nn.Linear(1, 1) for _ in range(2))
    layers += [nn.Linear(1, 1, bias=False)]
    assert len(list(layers.parameters())) == 5
    with pytest.raises(NotImplementedError, match="missing the required"):
        layers(1)


def test_module_dict_behaves_like_a_dictionary():
    d = nn.ModuleDict({"a": nn.Linear(1, 1)})
    d["b"] = nn.ReLU()
    d.update([("c", nn.Tanh())])
    assert list(d) == list(d.keys()) == ["a", "b", "c"] and len(d) == 3 and "b" in d
    assert d.pop("b") is not None and [name for name, _ in d.items()] == ["a", "c"]
    assert [name for name, _ in d.named_parameters()] == ["a.weight", "a.bias"]
    del d["a"]
    assert kinds(d.values()) == ["Tanh"]
    d.clear()
    assert len(d) == 0
    with pytest.raises(KeyError):
        d["a"]
