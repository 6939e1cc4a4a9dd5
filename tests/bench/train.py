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


def lenet(nn):
    """The network of the first tutorial, for digits."""
    return nn.Sequential(
        *(nn.Conv2d(1, 10, kernel_size=5), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Conv2d(10, 20, kernel_size=5), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(320, 50), nn.ReLU(), nn.Linear(50, 10)),
    )


def vgg11(nn, filters=(64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool", 512, 512, "pool")):
    """VGG-11 for images of 32 × 32."""
    layers, channels = [], 3
    for kind in filters:
        if kind == "pool":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += nn.Conv2d(channels, kind, 3, padding=1), nn.ReLU()
            channels = kind
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels, 10))


@timed(0.5)
def lenet_step(library):
    nn = library.nn
    model = lenet(nn)
    optimizer = library.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    target = library.tensor(np.arange(64) % 10)
    return step(library, model, nn.CrossEntropyLoss(), optimizer, library.tensor(batch(64, 1, 28, 28)), target)


@timed(1.0, rounds=12)
def vgg11_step(library):
    nn = library.nn
    model = vgg11(nn)
    optimizer = library.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    target = library.tensor(np.arange(32) % 10)
    return step(library, model, nn.CrossEntropyLoss(), optimizer, library.tensor(batch(32, 3, 32, 32)), target)


@timed(1.0, rounds=12)
def lstm_step(library):
    nn = library.nn
    layer, x = nn.LSTM(128, 128), library.tensor(batch(64, 32, 128))
    optimizer = library.optim.SGD(layer.parameters(), lr=1e-3)
    return step(library, lambda x: layer(x)[0], nn.MSELoss(), optimizer, x, library.tensor(batch(64, 32, 128)))


def block(library, width, heads):
    """One layer of a GPT."""
    nn, attend = library.nn, library.nn.functional.scaled_dot_product_attention

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.hidden = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x):
            N, L, E = x.shape
            parts = self.qkv(self.norm1(x)).split(E, -1)
            y = attend(*(t.reshape(N, L, heads, E // heads).transpose(1, 2) for t in parts), is_causal=True)
            x = x + self.out(y.transpose(1, 2).reshape(N, L, E))
            return x + self.hidden(self.norm2(x))

    return Block()


@timed(1.2, rounds=12)
def gpt_step(library):
    nn, width, context, vocabulary = library.nn, 128, 128, 100
    tokens, places = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
    blocks = nn.Sequential(*(block(library, width, 4) for _ in range(4)), nn.LayerNorm(width))
    head, at = nn.Linear(width, vocabulary), library.arange(context)
    ids = np.random.default_rng(0).integers(0, vocabulary, (16, context + 1))
    x, target = library.tensor(ids[:, :-1].copy()), library.tensor(ids[:, 1:].reshape(-1))
    parameters = [p for module in (tokens, places, blocks, head) for p in module.parameters()]
    optimizer = library.optim.Adam(parameters, lr=1e-3)

    def model(x):
        return head(blocks(tokens(x) + places(at))).reshape(-1, vocabulary)

    return step(library, model, nn.CrossEntropyLoss(), optimizer, x, target)
