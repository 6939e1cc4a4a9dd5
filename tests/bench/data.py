"""An epoch of Fashion-MNIST's form: what the loader costs, when nobody trains."""

import importlib

import numpy as np

from tests.bench.measure import timed


def epoch(library, dataset):
    """Iterate over a dataset in shuffled batches of 64."""
    loader = module(library).DataLoader(dataset, batch_size=64, shuffle=True)

    def run():
        for _ in loader:
            pass

    return run


def module(library):
    """The module with datasets, which PyTorch keeps in `utils`."""
    return library.data if library.__name__ == "tapegrad" else importlib.import_module("torch.utils.data")


def images(n):
    """Return images and labels as arrays."""
    random = np.random.default_rng(0)
    return random.random((n, 1, 28, 28), dtype=np.float32), random.integers(0, 10, n)


@timed(0.5)
def tensors(library):
    x, y = images(2000)
    return epoch(library, module(library).TensorDataset(library.from_numpy(x), library.from_numpy(y)))


@timed(1.2)
def samples(library):
    x, y = images(500)
    x = library.tensor(x)

    class Samples(module(library).Dataset):
        def __getitem__(self, index):
            return x[index], int(y[index])

        def __len__(self):
            return len(y)

    return epoch(library, Samples())
