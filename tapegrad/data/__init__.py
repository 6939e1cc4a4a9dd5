"""Data: datasets, samplers and the loader that cuts them into batches, named as in `torch.utils.data`.

>>> digits = tg.data.Digits()
>>> image, label = digits[0]
>>> image.shape, label.item()
((1, 8, 8), 0)

The digits are part of the package, the big sets are files that you have: no dataset downloads anything by itself.
`download` fetches what you give the address and the hash of, `extract_archive` unpacks it without believing it.
"""

from . import transforms
from .archive import extract_archive
from .cifar import CIFAR10, CIFAR100
from .collate import default_collate
from .combine import ChainDataset, ConcatDataset, StackDataset
from .dataset import Dataset, IterableDataset, Subset, TensorDataset
from .download import download
from .folder import ImageFolder
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
from .shapes import Spiral, SwissRoll
from .split import random_split, stratified_split
from .text import Text, TextFile
from .workers import WorkerInfo, get_worker_info

__all__ = [
    "CIFAR10",
    "CIFAR100",
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
    "ImageFolder",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "Spiral",
    "StackDataset",
    "StratifiedSampler",
    "Subset",
    "SubsetRandomSampler",
    "SwissRoll",
    "TensorDataset",
    "Text",
    "TextFile",
    "WeightedRandomSampler",
    "WorkerInfo",
    "default_collate",
    "download",
    "extract_archive",
    "get_worker_info",
    "random_split",
    "read_idx",
    "stratified_split",
    "transforms",
]
