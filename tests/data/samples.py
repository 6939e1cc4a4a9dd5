"""Datasets that worker processes can import."""

import os
import time

import tapegrad as tg
from tapegrad.data import Dataset, IterableDataset, get_worker_info


class Numbers(Dataset):
    """0 … n-1, each with a random number that is drawn when it is asked for."""

    def __init__(self, n=20):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return i, tg.rand(2)


class Who(Dataset):
    """Which process and which worker made a sample."""

    def __len__(self):
        return 12

    def __getitem__(self, i):
        info = get_worker_info()
        time.sleep(0.002 * (i % 3))
        return os.getpid(), -1 if info is None else info.id


class Broken(Numbers):
    """Sample 7 raises `error`."""

    error = KeyError("gone")

    def __getitem__(self, i):
        if i == 7:
            raise self.error
        return i


class Unpicklable(Exception):
    def __init__(self, a, b):
        super().__init__(f"{a} and {b}")


class BrokenUnpicklably(Broken):
    error = Unpicklable(1, 2)


class Killed(Numbers):
    def __getitem__(self, i):
        if i == 7:
            os._exit(9)
        return i


class Slow(Numbers):
    def __getitem__(self, i):
        time.sleep(2.5 if i == 7 else 0)
        return i


class Shares(IterableDataset):
    """0 … n-1, dealt to the workers, each with a random number."""

    def __init__(self, n=11):
        self.n = n

    def __iter__(self):
        info = get_worker_info()
        first, step = (0, 1) if info is None else (info.id, info.num_workers)
        return ((i, tg.rand(1)) for i in range(first, self.n, step))

    def __len__(self):
        return self.n


def fail_in_worker_one(worker):
    if worker == 1:
        raise OSError("no disk")
