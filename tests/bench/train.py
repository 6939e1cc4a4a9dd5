"""Training steps with `nn` and `optim`: forward, backward and update."""

import numpy as np

from tests.bench.eager import recorded
from tests.bench.measure import timed


def step(library, model, loss, optimizer, x, target):
    """One training step, as every tutorial writes it."""
    forward = recorded(library, lambda: loss(model(x), target))

    def run():
        optimizer.zero_grad()
        forward().backward()
        optimizer.step()

    return run


def batch(*shape):
    """Return float32 inputs, the same in every library."""
    return np.random.default_rng(0).standard_normal(shape).astype("f")


@timed(0.7)
def mlp_step(library):
    nn = library.nn
    model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = library.optim.SGD(model.parameters(), lr=1e-3)
    return step(library, model, nn.MSELoss(), optimizer, library.tensor(batch(32, 16)), library.tensor(batch(32, 1)))


@timed(0.5)
def lenet_step(library):
    nn = library.nn
    model = nn.Sequential(
        *(nn.Conv2d(1, 10, kernel_size=5), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Conv2d(10, 20, kernel_size=5), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(320, 50), nn.ReLU(), nn.Linear(50, 10)),
    )
    optimizer = library.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    target = library.tensor(np.arange(64) % 10)
    return step(library, model, nn.CrossEntropyLoss(), optimizer, library.tensor(batch(64, 1, 28, 28)), target)


@timed(1.0, rounds=12)
def vgg11_step(library):
    nn, layers, channels = library.nn, [], 3
    for filters in (64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool", 512, 512, "pool"):
        if filters == "pool":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()
            channels = filters
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))
    optimizer = library.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    target = library.tensor(np.arange(32) % 10)
    return step(library, model, nn.CrossEntropyLoss(), optimizer, library.tensor(batch(32, 3, 32, 32)), target)


@timed(1.0, rounds=12)
def lstm_step(library):
    nn = library.nn
    layer, x = nn.LSTM(128, 128), library.tensor(batch(64, 32, 128))
    optimizer = library.optim.SGD(layer.parameters(), lr=1e-3)
    return step(library, lambda x: layer(x)[0], nn.MSELoss(), optimizer, x, library.tensor(batch(64, 32, 128)))
