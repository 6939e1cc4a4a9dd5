"""The network that several tests look at."""

import tapegrad.nn.functional as F
from tapegrad import nn


class Net(nn.Module):
    """Two convolutions and two affine maps, 21 840 parameters."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = x.reshape((-1, 320))
        x = F.relu(self.fc1(x))
        return self.fc2(x)
