"""Data: datasets, samplers and the loader that cuts them into batches, named as in `torch.utils.data`.

>>> digits = tg.data.Digits()
>>> image, label = digits[0]
>>> image.shape, label.item()
((1, 8, 8), 0)

Nothing is ever downloaded: the digits are part of the package, the big sets are files that you have.
"""

from .collate import default_collate
from .combine import ChainDataset, ConcatDataset, StackDataset
from .dataset import Dataset, IterableDataset, Subset, TensorDataset
from .idx import read_idx
from .images import MNIST, Digits, FashionMNIST, ImageDataset
from .loader import DataLoader
from .sampler import (
    BatchSampler,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    StratifiedSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from .split import random_split, stratified_split
from .workers import WorkerInfo, get_worker_info

__all__ = [
    "MNIST",
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "Digits",
    "DistributedSampler",
    "FashionMNIST",
    "ImageDataset",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "StratifiedSampler",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "WorkerInfo",
    "default_collate",
    "get_worker_info",
    "random_split",
    "read_idx",
    "stratified_split",
]
