"""What PyTorch keeps in `torch.utils` and is elsewhere here, under the name that it has there."""

from . import data as data
