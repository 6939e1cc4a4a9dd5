"""A training step of ResNet-18 (He, Zhang, Ren, Sun: Deep residual learning for image recognition; CVPR 2016)."""

import numpy as np

from tests.bench.measure import timed
from tests.bench.train import batch, step


def resnet18(nn):
    """Build the network of either library."""

    def conv(inputs, outputs, kernel, stride=1):
        return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.body = nn.Sequential(*conv(inputs, outputs, 3, stride), nn.ReLU(), *conv(outputs, outputs, 3))
            same = stride == 1 and inputs == outputs
            self.shortcut = nn.Identity() if same else nn.Sequential(*conv(inputs, outputs, 1, stride))
            self.relu = nn.ReLU()

        def forward(self, x):
            return self.relu(self.body(x) + self.shortcut(x))

    channels = [64, 64, 128, 256, 512]
    blocks = [
        Block(channels[k] if first else channels[k + 1], channels[k + 1], 2 if first and k else 1)
        for k in range(4)
        for first in (True, False)
    ]
    stem = (*conv(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


@timed(1.1, rounds=12)
def resnet18_step(library):
    model = resnet18(library.nn)
    optimizer = library.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    target = library.tensor(np.arange(8) % 10)
    return step(library, model, library.nn.CrossEntropyLoss(), optimizer, library.tensor(batch(8, 3, 64, 64)), target)
