"""Data: datasets, splits and the loader that cuts them into batches, named as in `torch.utils.data`.

>>> digits = tg.data.Digits()
>>> image, label = digits[0]
>>> image.shape, label.item()
((1, 8, 8), 0)

Nothing is ever downloaded: the digits are part of the package, the big sets are files that you have.
"""

from .collate import default_collate
from .dataset import Dataset, Subset, TensorDataset
from .idx import read_idx
from .images import MNIST, Digits, FashionMNIST, ImageDataset
from .loader import DataLoader
from .split import random_split, stratified_split

__all__ = [
    "MNIST",
    "DataLoader",
    "Dataset",
    "Digits",
    "FashionMNIST",
    "ImageDataset",
    "Subset",
    "TensorDataset",
    "default_collate",
    "random_split",
    "read_idx",
    "stratified_split",
]
