"""Automatic differentiation, after the tutorial of Qualia.

Reverse accumulation decomposes a derivative by the chain rule. The forward computation itself defines the graph
("define by run"); here it is a list, the tape, and `y.backward()` reads it backwards.
"""

import numpy as np

import tapegrad.nn as nn
import tapegrad.nn.functional as F
from tapegrad import Variable, reshape, tape

# Every operation inside the block is recorded. The result y is a tensor, too, and knows what made it.
x = Variable(np.array([5]))  # integers are promoted: only real numbers have derivatives
with tape() as t:
    y = x**2 - 2 * x + 1
print(y)  # the result of the computation: 16
print(t)  # the tape itself

# At this moment we can compute the derivative. It is 2x - 2, as in the differential calculus.
y.backward()
print(x.grad)  # 8
scalar_result, scalar_grad = y, x.grad

# All this holds for inputs of more dimensions. Where the output is no scalar, Qualia starts the backward computation
# from ones. Usually that hides a mistake, so here it has to be asked for.
x = Variable(np.array([[1, 2, 3], [4, 5, 6]]))
with tape(implicit_ones=True):
    y = x**2 - 2 * x + 1
y.backward()
print(x.grad)  # [[0, 2, 4], [6, 8, 10]]
matrix_grad = x.grad


# Model summary: a table of the layers, helpful while debugging. The input shape is needed for a forward pass.
class Net(nn.Module):
    """Two convolutions and two linear layers."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        """Scores of the ten classes."""
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = reshape(x, (-1, 320))
        x = F.relu(self.fc1(x))
        x = self.fc2(x)
        return x


model = Net()
model.summary((1, 1, 28, 28))
