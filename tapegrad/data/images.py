"""Images with labels: the digits in the package, and MNIST and Fashion-MNIST from files."""

from collections.abc import Callable
from importlib.resources import as_file, files
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from .._creation import finish, tensor
from .._tape import Tensor
from .collate import default_collate
from .dataset import Dataset
from .idx import read_idx


class ImageDataset(Dataset):
    """Images and their classes.

    A sample is ``(image, label)``: float32 in [0, 1] of shape (C, H, W), and a 0-d int64. The images stay bytes
    until they are asked for.

    Parameters
    ----------
    data : array, uint8, (N, H, W) or (N, C, H, W)
        Grey images, or images with channels.
    targets : array, integer, (N,)
    transform : function, optional
        Applied to each image, a Tensor (C, H, W) in [0, 1].
    target_transform : function, optional
        Applied to each label.

    Attributes
    ----------
    data : Tensor, uint8, (N, H, W) or (N, C, H, W)
        Bytes from 0 to `white`.
    targets : Tensor, int64, (N,)
        0 … len(classes)-1.
    classes : tuple of str
        Their names.
    """

    white = 255
    classes = tuple("0123456789")

    def __init__(
        self,
        data: np.ndarray,
        targets: np.ndarray,
        transform: Callable[[Tensor], Tensor] | None = None,
        target_transform: Callable | None = None,
    ):
        self.data, self.targets = tensor(data), tensor(targets, dtype=np.int64)
        self.transform, self.target_transform = transform, target_transform

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image, label = self._at(index)
        return (
            image if self.transform is None else self.transform(image),
            label if self.target_transform is None else self.target_transform(label),
        )

    def __len__(self) -> int:
        return self.targets.shape[0]

    def __repr__(self):
        count, (height, width) = len(self), self.data.shape[-2:]
        return f"<{type(self).__name__}: {count:,} images of {height}×{width}, {len(self.classes)} classes>"

    def gather(self, indices: np.ndarray) -> tuple[Tensor, Tensor]:
        """Return the samples at `indices` as one batch: images (n, C, H, W) and labels (n,)."""
        if self.transform is None and self.target_transform is None:
            return self._at(indices)
        return default_collate([self[i] for i in indices.tolist()])

    def _at(self, index) -> tuple[Tensor, Tensor]:
        images = self.data._array[index].astype(np.float32)
        images /= self.white
        return finish(images[..., None, :, :] if self.data.ndim == 3 else images), self.targets[index]


class Digits(ImageDataset):
    """1 797 handwritten digits of 8×8 pixels, part of the package.

    Parameters
    ----------
    transform, target_transform : function, optional
        Applied to each image, a Tensor (1, 8, 8) in [0, 1]; to each label.

    Notes
    -----
    E. Alpaydin and C. Kaynak: Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998,
    doi:10.24432/C50P49; CC BY 4.0, see `digits.md` beside this file. There is no fixed test part: hold one out with
    `stratified_split`.

    Examples
    --------
    >>> digits = tg.data.Digits()
    >>> digits.data.shape, digits.targets[:10]
    ((1797, 8, 8), tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
    """

    white = 16

    def __init__(self, transform: Callable[[Tensor], Tensor] | None = None, target_transform: Callable | None = None):
        with as_file(files("tapegrad.data") / "digits.npz") as path, np.load(path) as stored:
            super().__init__(stored["images"], stored["labels"], transform, target_transform)


class MNIST(ImageDataset):
    """70 000 handwritten digits of 28×28 pixels, from the four files in which they are distributed.

    Parameters
    ----------
    root : path
        The folder with ``train-images-idx3-ubyte`` and so on, compressed (``.gz``) or not; or the folder to which
        torchvision downloads.
    train : bool, default True
        The 60 000 for training, or the 10 000 for testing.
    transform, target_transform : function, optional
        Applied to each image, a Tensor (1, 28, 28) in [0, 1]; to each label.

    Raises
    ------
    FileNotFoundError
        If a file is missing: says where it was looked for, and how to get it.
    ValueError
        If a file is truncated, damaged or of another kind, or images and labels do not fit: nothing is loaded then.

    Notes
    -----
    Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits.
    """

    places: tuple[str, ...] = ()  # where a distribution's package puts the files
    cure = "Get the four files from https://ossci-datasets.s3.amazonaws.com/mnist/ and pass their folder as `root`"

    def __init__(
        self,
        root: str | PathLike,
        train: bool = True,
        transform: Callable[[Tensor], Tensor] | None = None,
        target_transform: Callable | None = None,
    ):
        images, labels = self._files(root, "train" if train else "t10k")
        data = self._read(images, "(N, 28, 28)", lambda shape: shape[1:] == (28, 28))
        targets = self._read(labels, "(N,)", lambda shape: len(shape) == 1)
        if len(data) != len(targets):
            raise self._wrong(labels, "number of labels", len(targets), f"{len(data)}, the number of images")
        if targets.size and targets.max() >= len(self.classes):
            raise self._wrong(labels, "greatest label", targets.max(), f"at most {len(self.classes) - 1}")
        super().__init__(data, targets, transform, target_transform)

    def _read(self, path: Path, wanted: str, fits: Callable[[tuple[int, ...]], bool]) -> np.ndarray:
        array = read_idx(path)
        if array.dtype != np.uint8:
            raise self._wrong(path, "dtype", array.dtype, "uint8")
        if not fits(array.shape):
            raise self._wrong(path, "shape", array.shape, wanted)
        return array

    def _wrong(self, path: Path, field: str, found: object, expected: str) -> ValueError:
        return ValueError(f"[{self._name}] `{path}`: {field} (={found}) must be {expected}")

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _files(self, root, part: str) -> list[Path]:
        """Images and labels, both from the first folder that has the images."""
        own = [] if root is None else [Path(root), Path(root, self._name, "raw")]
        folders = [*own, *map(Path, self.places)]
        folder = next((f for f in folders if _find(f, f"{part}-images-idx3-ubyte")), None)
        paths = []
        for name in (f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"):
            path = folder and _find(folder, name)
            if not path:
                looked = ", ".join(map(str, [folder] if folder else folders)) or "`root` (=None)"
                raise FileNotFoundError(f"[{self._name}] `{name}` (or `{name}.gz`) is not in {looked}. {self.cure}")
            paths.append(path)
        return paths


class FashionMNIST(MNIST):
    """70 000 articles of clothing of 28×28 pixels, distributed as MNIST is.

    Parameters
    ----------
    root : path, optional
        As for `MNIST`. Without it, and where it has no files, those of Debian's package are taken:
        ``apt-get install dataset-fashion-mnist``.
    train : bool, default True
        The 60 000 for training, or the 10 000 for testing.
    transform, target_transform : function, optional
        Applied to each image, a Tensor (1, 28, 28) in [0, 1]; to each label.

    Raises
    ------
    FileNotFoundError, ValueError
        As for `MNIST`.

    Notes
    -----
    H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, a novel image dataset for benchmarking machine learning algorithms,
    arXiv:1708.07747.
    """

    classes = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip
    places = ("/usr/share/datasets/fashion-mnist",)
    cure = (
        "On Debian and Ubuntu: apt-get install dataset-fashion-mnist. Elsewhere: get the four files from "
        "https://github.com/zalandoresearch/fashion-mnist and pass their folder as `root`"
    )

    def __init__(
        self,
        root: str | PathLike | None = None,
        train: bool = True,
        transform: Callable[[Tensor], Tensor] | None = None,
        target_transform: Callable | None = None,
    ):
        super().__init__(root, train, transform, target_transform)  # type: ignore[arg-type]  # None: the package's files alone


def _find(folder: Path, name: str) -> Path | None:
    """The file of that name in `folder`, compressed or not."""
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)
