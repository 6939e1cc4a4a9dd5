"""A whole network: PyTorch 2.13's losses and gradients, and the ways a model travels."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn
from tests.nn.lenet import Net

# float64, evaluation mode; parameter k is 0.1 sin(i (k + 1.3)), the images cos(0.37 i), the targets 3, 1, 4
TORCH_GRADIENT_NORMS = [
    0.0252953221578682,
    0.00251121486448398,
    0.0114052956932073,
    0.00551480845678257,
    0.346552537857922,
    0.339525378082237,
    0.156361395351641,
    0.471326541075045,
]
TORCH_LOSSES = [2.24731380416082, 2.20039668028417, 2.11664890173948, 1.99691376632874]  # SGD(lr=0.1, momentum=0.9)


def made_up_net() -> Net:
    net = Net().double().eval()
    sizes = enumerate(net.named_parameters())
    net.load_state_dict(
        {name: 0.1 * np.sin(np.arange(p.numel()) * (k + 1.3)).reshape(p.shape) for k, (name, p) in sizes}
    )
    return net


def test_training_follows_pytorch():
    net = made_up_net()
    x, t = tg.tensor(np.cos(np.arange(3 * 784) * 0.37).reshape(3, 1, 28, 28)), tg.tensor([3, 1, 4])
    criterion, optimizer = nn.CrossEntropyLoss(), tg.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in TORCH_LOSSES:
        optimizer.zero_grad()
        with tg.tape():
            loss = criterion(net(x), t)
        loss.backward()
        if not losses:
            norms = [p.grad.norm().item() for p in net.parameters()]
        optimizer.step()
        losses.append(loss.item())
    assert norms == pytest.approx(TORCH_GRADIENT_NORMS, rel=1e-11)
    assert losses == pytest.approx(TORCH_LOSSES, rel=1e-12)


def test_the_same_seed_makes_the_same_network():
    tg.manual_seed(1)
    one = Net().state_dict()
    two = Net().state_dict()
    tg.manual_seed(1)
    again = Net().state_dict()
    assert all((one[name] == again[name]).all() for name in one)
    assert not any((one[name] == two[name]).all() for name in one)


@pytest.mark.parametrize("travel", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_computes_the_same_and_shares_nothing(travel):
    net = made_up_net()
    twin = travel(net)
    x = tg.ones(1, 1, 28, 28, dtype=tg.float64)
    assert (net(x) == twin(x)).all()
    assert all(type(p) is nn.Parameter and p.requires_grad for p in twin.parameters())
    assert not any(
        np.shares_memory(p._array, q._array) for p, q in zip(net.parameters(), twin.parameters(), strict=True)
    )


def test_a_copy_keeps_shared_layers_shared_and_gradients():
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    net.append(net[0])
    with tg.tape():
        y = net(tg.ones(1, 2)).sum()
    y.backward()
    twin = copy.deepcopy(net)
    assert twin[2] is twin[0] and twin[0] is not net[0]
    assert (twin[0].weight.grad == net[0].weight.grad).all() and twin[0].weight.grad is not net[0].weight.grad


def test_a_model_is_freed_by_reference_counting():
    def use(net):
        with tg.tape():
            loss = net(tg.ones(1, 1, 28, 28)).sum()
        loss.backward()
        net.summary((1, 1, 28, 28))

    use(Net())  # the first call may compile, and a compiler's tracebacks hold the frames that called it
    net = Net()
    ref, weight = weakref.ref(net), weakref.ref(net.fc1.weight)
    gc.disable()
    try:
        use(net)
        del net
        assert ref() is None and weight() is None
    finally:
        gc.enable()


def test_inference_records_nothing():
    with tg.tape() as t, tg.no_grad():
        made_up_net()(tg.ones(1, 1, 28, 28, dtype=tg.float64))
    assert len(t) == 0
