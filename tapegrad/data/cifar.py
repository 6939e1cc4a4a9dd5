"""CIFAR-10 and CIFAR-100, from the files of their binary version."""

from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np

from .._tape import Tensor
from .images import ImageDataset

PIXELS = 3 * 32 * 32
MAX_BYTES = 1 << 30  # five times the greatest of the files


class CIFAR10(ImageDataset):
    """60 000 colour images of 32×32 pixels, from the six files of the binary version.

    A sample is ``(image, label)``: float32 in [0, 1] of shape (3, 32, 32), and a 0-d int64.

    Parameters
    ----------
    root : path
        The folder with the ``.bin`` files, or the one in which the archive was unpacked.
    train : bool, default True
        The 50 000 for training, or the 10 000 for testing.
    transform, target_transform : function, optional
        Applied to each image, a Tensor in [0, 1]; to each label.

    Attributes
    ----------
    data : Tensor, uint8, (N, 3, 32, 32)
    targets : Tensor, int64, (N,)
    classes : tuple of str

    Raises
    ------
    FileNotFoundError
        If a file is missing: says where it was looked for, and how to get it.
    ValueError
        If a file is damaged or of another kind; if there is only the Python version, whose pickles would run whatever
        code is in them.

    Notes
    -----
    A. Krizhevsky: Learning multiple layers of features from tiny images, 2009.
    """

    folder, python_folder = "cifar-10-batches-bin", "cifar-10-batches-py"
    archive = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    train_files: tuple[str, ...] = tuple(f"data_batch_{k}.bin" for k in range(1, 6))
    test_files: tuple[str, ...] = ("test_batch.bin",)
    label_bytes = 1  # the last one counts
    classes: tuple[str, ...] = (
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    )  # fmt: skip

    def __init__(
        self,
        root: str | PathLike,
        train: bool = True,
        transform: Callable[[Tensor], Tensor] | None = None,
        target_transform: Callable | None = None,
    ):
        names = self.train_files if train else self.test_files
        parts = [self._read(path) for path in self._find(Path(root), names)]
        records = np.concatenate(parts)  # (N, labels + pixels)
        images = records[:, self.label_bytes :].reshape(-1, 3, 32, 32)
        super().__init__(images, records[:, self.label_bytes - 1], transform, target_transform)

    def _find(self, root: Path, names: tuple[str, ...]) -> list[Path]:
        """The files, all from the first folder that has one of them."""
        op, folders = type(self).__name__, (root, root / self.folder)
        folder = next((f for f in folders if any((f / name).is_file() for name in names)), None)
        missing = next((name for name in names if folder is None or not (folder / name).is_file()), None)
        if missing is None:
            assert folder is not None
            return [folder / name for name in names]
        cure = f"Get {self.archive} and pass the folder in which it was unpacked as `root`"
        if folder is None and any((f / self.python_folder).is_dir() or f.name == self.python_folder for f in folders):
            raise ValueError(
                f"[{op}] `root` (={str(root)!r}) must have the binary version, and has the Python version: pickles, "
                f"which run whatever code is in them when they are read. {cure}"
            )
        looked = ", ".join(map(str, [folder] if folder else folders))
        raise FileNotFoundError(f"[{op}] `{missing}` is not in {looked}. {cure}")

    def _read(self, path: Path) -> np.ndarray:
        op, record, size = type(self).__name__, self.label_bytes + PIXELS, path.stat().st_size
        if not 0 < size <= MAX_BYTES or size % record:
            raise ValueError(f"[{op}] `{path}`: size (={size:,}) must be a multiple of the {record} bytes of an image")
        records = np.fromfile(path, np.uint8).reshape(-1, record)
        greatest = records[:, self.label_bytes - 1].max()
        if greatest >= len(self.classes):
            raise ValueError(f"[{op}] `{path}`: greatest label (={greatest}) must be at most {len(self.classes) - 1}")
        return records


class CIFAR100(CIFAR10):
    """As CIFAR-10, with 100 classes, from the two files ``train.bin`` and ``test.bin``.

    Parameters
    ----------
    root, train, transform, target_transform
        As for `CIFAR10`.

    Raises
    ------
    FileNotFoundError, ValueError
        As for `CIFAR10`.
    """

    folder, python_folder = "cifar-100-binary", "cifar-100-python"
    archive = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"
    train_files, test_files = ("train.bin",), ("test.bin",)
    label_bytes = 2  # one of 20 coarse classes, and the class
    classes = tuple(
        "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can "
        "castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin "
        "elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster "
        "man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck "
        "pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk "
        "skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger "
        "tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm".split()
    )
