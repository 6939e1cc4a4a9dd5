"""Module: registration, traversal, modes, hooks, conversion, repr."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn


class Parts(nn.Module):
    """One of everything that a module can hold."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(tg.ones(2))
        self.register_parameter("absent", None)
        self.register_buffer("mean", tg.zeros(2))
        self.register_buffer("scratch", tg.zeros(1), persistent=False)
        self.layer = nn.Linear(2, 2)
        self.again = self.layer
        self.number = 3

    def forward(self, x):
        return self.layer(x) * self.weight + self.mean


def names(pairs) -> list[str]:
    return [name for name, _ in pairs]


# ------------------------------------------------------------------------------ registration


@pytest.mark.parametrize(
    ("value", "what"), [(lambda: nn.ReLU(), "module"), (lambda: nn.Parameter(tg.ones(1)), "parameter")]
)
def test_a_forgotten_super_init_is_an_error(value, what):
    class Forgetful(nn.Module):
        def __init__(self):
            self.part = value()

    with pytest.raises(AttributeError, match=rf"cannot assign {what} before Module.__init__\(\) call"):
        Forgetful()


def test_calling_a_module_whose_super_init_was_forgotten_says_so():
    class Forgetful(nn.Module):
        def __init__(self):
            self.number = 3

        def forward(self, x):
            return x

    with pytest.raises(AttributeError, match=r"did its __init__ forget super\(\).__init__\(\)\?"):
        Forgetful()(1)


def test_a_buffer_before_super_init_is_an_error():
    class Forgetful(nn.Module):
        def __init__(self):
            self.register_buffer("b", tg.ones(1))

    with pytest.raises(AttributeError, match="cannot assign buffer before"):
        Forgetful()


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match=r'Module \[Module\] is missing the required "forward" function'):
        nn.Module()(1)


def test_an_unknown_attribute_is_named_with_the_class():
    with pytest.raises(AttributeError, match="'Parts' object has no attribute 'nothing'"):
        Parts().nothing  # noqa: B018


@pytest.mark.parametrize(("name", "what"), [("weight", "parameter"), ("layer", "module"), ("mean", "buffer")])
def test_a_registered_name_takes_only_its_kind_or_none(name, what):
    m = Parts()
    with pytest.raises(TypeError, match=rf"cannot assign 'int' as {what} '{name}' \(\w+ or None expected\)"):
        setattr(m, name, 3)
    setattr(m, name, None)
    assert getattr(m, name) is None


def test_assigning_another_kind_moves_the_name():
    m = Parts()
    m.layer = nn.Parameter(tg.ones(1))
    m.number = nn.Linear(1, 1)
    assert "layer" in m._parameters and "layer" not in m._modules
    assert m.number is m._modules["number"] and "number" not in vars(m)


def test_a_buffer_is_replaced_by_assignment_and_stays_one():
    m = Parts()
    m.mean = tg.ones(2)
    assert m.get_buffer("mean").tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", ["weight", "mean", "scratch", "layer", "number"])
def test_del_removes_the_attribute_from_everywhere(name):
    m = Parts()
    delattr(m, name)
    assert not hasattr(m, name)
    assert name not in [*names(m.named_parameters()), *names(m.named_buffers()), *names(m.named_children())]


def test_dir_lists_what_is_registered_but_no_numbers():
    assert {"weight", "mean", "layer", "number", "forward"} <= set(dir(Parts()))
    assert "0" not in dir(nn.Sequential(nn.ReLU()))


@pytest.mark.parametrize(
    ("register", "error", "match"),
    [
        (lambda m: m.register_buffer("a.b", tg.ones(1)), KeyError, "must not be empty or contain a dot"),
        (lambda m: m.register_parameter("", None), KeyError, "must not be empty or contain a dot"),
        (lambda m: m.register_buffer("number", None), KeyError, "attribute 'number' already exists"),
        (lambda m: m.add_module("forward", nn.ReLU()), KeyError, "attribute 'forward' already exists"),
        (lambda m: m.register_parameter("p", tg.ones(1)), TypeError, "must be a Parameter or None"),
        (
            lambda m: m.add_module("m", 3),
            TypeError,
            r"\[register_module\] `m` \(of type int\) must be a Module or None",
        ),
        (lambda m: m.register_buffer(3, None), TypeError, "`name` must be a string, got int"),
    ],
)
def test_registering_checks_name_and_kind(register, error, match):
    with pytest.raises(error, match=match):
        register(Parts())


# ------------------------------------------------------------------------------ traversal


def test_names_come_in_order_and_shared_ones_once():
    m = Parts()
    assert names(m.named_parameters()) == ["weight", "layer.weight", "layer.bias"]
    assert names(m.named_parameters(prefix="net", recurse=False)) == ["net.weight"]
    assert names(m.named_buffers()) == ["mean", "scratch"]
    assert names(m.named_modules()) == ["", "layer"]
    assert names(m.named_modules(remove_duplicate=False)) == ["", "layer", "again"]
    assert names(m.named_children()) == ["layer"]
    assert len(list(m.parameters())) == 3 and len(list(m.buffers())) == 2 and len(list(m.modules())) == 2


def test_a_tied_parameter_counts_once_and_gets_both_gradients():
    a, b = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    b.weight = a.weight
    net = nn.Sequential(a, b)
    assert names(net.named_parameters()) == ["0.weight"]
    assert names(net.named_parameters(remove_duplicate=False)) == ["0.weight", "1.weight"]


def test_paths_lead_to_modules_parameters_and_buffers():
    m = nn.Sequential(Parts())
    assert m.get_submodule("0.layer") is m[0].layer and m.get_submodule("") is m
    assert m.get_parameter("0.layer.bias") is m[0].layer.bias
    assert m.get_buffer("0.mean") is m[0].mean


@pytest.mark.parametrize(
    ("find", "match"),
    [
        (lambda m: m.get_submodule("layer.x"), r"Linear has no module `x` \(of the path 'layer.x'\)"),
        (lambda m: m.get_submodule("number"), "Parts has no module `number`"),
        (lambda m: m.get_parameter("mean"), "Parts has no parameter `mean`"),
        (lambda m: m.get_parameter("absent"), "Parts has no parameter `absent`"),
        (lambda m: m.get_buffer("layer.mean"), "Linear has no buffer `mean`"),
    ],
)
def test_a_path_to_nothing_is_an_error(find, match):
    with pytest.raises(AttributeError, match=match):
        find(Parts())


def test_a_module_is_put_at_a_path():
    m = nn.Sequential(Parts())
    m.set_submodule("0.layer", nn.ReLU())
    m.set_submodule("0.new", nn.Tanh())
    assert repr(m[0].layer) == "ReLU()" and repr(m[0].new) == "Tanh()"


@pytest.mark.parametrize(
    ("put", "error", "match"),
    [
        (lambda m: m.set_submodule("", nn.ReLU()), ValueError, "must name a module below this one"),
        (lambda m: m.set_submodule("layer", 3), ValueError, "`module` must be a Module, got int"),
        (lambda m: m.set_submodule("new", nn.ReLU(), strict=True), AttributeError, "Parts has no module `new`"),
        (lambda m: m.set_submodule("weight", nn.ReLU()), AttributeError, "Parts has no module `weight`"),
        (lambda m: m.set_submodule("a.b", nn.ReLU()), AttributeError, "Parts has no module `a`"),
    ],
)
def test_a_module_put_at_a_wrong_path_is_an_error(put, error, match):
    with pytest.raises(error, match=match):
        put(Parts())


# ------------------------------------------------------------------------------ modes and gradients


def test_train_and_eval_reach_every_module():
    m = nn.Sequential(Parts(), nn.Dropout())
    assert m.eval() is m and not any(part.training for part in m.modules())
    assert m.train() is m and all(part.training for part in m.modules())
    with pytest.raises(ValueError, match=r"\[train\] `mode` \(='no'\) must be a bool"):
        m.train("no")


def test_apply_visits_children_first():
    seen = []
    nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.ReLU())).apply(lambda m: seen.append(type(m).__name__))
    assert seen == ["Linear", "ReLU", "Sequential", "Sequential"]


def test_frozen_parameters_get_no_gradient():
    m = Parts()
    m.layer.requires_grad_(False)
    with tg.tape():
        y = m(tg.ones(1, 2)).sum()
    y.backward()
    assert m.layer.weight.grad is None and m.weight.grad is not None
    m.requires_grad_()
    assert all(p.requires_grad for p in m.parameters())


def test_zero_grad_forgets_or_clears():
    m = nn.Linear(1, 1)
    m.weight.grad = tg.full((1, 1), float("nan"))
    m.zero_grad(set_to_none=False)
    assert m.weight.grad.item() == 0.0 and m.bias.grad is None
    m.zero_grad()
    assert m.weight.grad is None


# ------------------------------------------------------------------------------ conversion


def test_conversion_changes_floating_tensors_in_place():
    m = Parts()
    m.register_buffer("count", tg.tensor(0))
    weight = m.weight
    weight.grad = tg.ones(2)
    assert m.double() is m and m.weight is weight
    assert {t.dtype for t in [*m.parameters(), m.mean, m.scratch, weight.grad]} == {tg.float64}
    assert m.count.dtype == tg.int64
    assert m.to(tg.ones(1)).weight.dtype == tg.float32
    assert m.to("cpu", tg.float16).weight.dtype == m.half().weight.dtype == tg.float16
    assert m.float().cpu().weight.dtype == tg.float32
    assert m(tg.ones(1, 2)).dtype == tg.float32


def test_conversion_does_not_cost_a_copy_at_each_use():
    p = nn.Linear(1, 1).double().weight
    with tg.tape():
        y = p * p
    assert y.grad_fn.saved_tensors[0]._array is p._array


def test_conversion_to_a_dtype_without_gradients_changes_nothing():
    m = Parts()
    with pytest.raises(TypeError, match=r"\[to\] `dtype`"):
        m.to(tg.int64)
    assert {p.dtype for p in m.parameters()} == {tg.float32}


def test_an_unknown_device_is_an_error():
    with pytest.raises(RuntimeError, match="cuda"):
        Parts().cuda()


# ------------------------------------------------------------------------------ repr


def test_repr_is_pytorchs():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
            self.heads = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.Tanh()])
            self.nothing = nn.Sequential()

        def extra_repr(self):
            return "two heads"

    assert repr(Net()) == (
        "Net(\n"
        "  two heads\n"
        "  (body): Sequential(\n"
        "    (0): Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1))\n"
        "    (1): ReLU()\n"
        "  )\n"
        "  (heads): ModuleList(\n"
        "    (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)\n"
        "    (2): Tanh()\n"
        "  )\n"
        "  (nothing): Sequential()\n"
        ")"
    )


def test_to_empty_gives_new_memory_of_the_same_kind():
    m = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).double()
    m[0].weight.grad = tg.ones(3, 2, dtype=tg.float64)
    tensors = {**dict(m.named_parameters()), **dict(m.named_buffers()), "grad": m[0].weight.grad}
    before = {name: (t, t.detach(), t.shape, t.dtype) for name, t in tensors.items()}
    assert m.to_empty(device="cpu") is m
    for t, view, shape, dtype in before.values():
        assert (t.shape, t.dtype) == (shape, dtype) and not np.may_share_memory(t.detach().numpy(), view.numpy())
    assert [t for t, *_ in before.values()][:4] == [*m.parameters()]


def test_to_empty_without_recursion_leaves_the_modules_below():
    m = nn.Sequential(nn.Linear(2, 3))
    m.scale = nn.Parameter(tg.ones(1))
    inside, own = m[0].weight.detach(), m.scale.detach()
    m.to_empty(device=None, recurse=False)
    assert np.may_share_memory(inside.numpy(), m[0].weight.detach().numpy())
    assert not np.may_share_memory(own.numpy(), m.scale.detach().numpy())
