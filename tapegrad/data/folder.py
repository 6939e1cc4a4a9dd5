"""Images in folders, a folder for each class."""

import os
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from .dataset import Dataset

ENDINGS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


class ImageFolder(Dataset):
    """The images in ``root/class/…``; the name of the folder is the class.

    A sample is ``(image, label)``: what `loader` reads, a PIL image in RGB, after `transform`; and an int. Pass
    ``transforms.ToTensor()``, or a `Compose` with it, to get Tensors.

    Parameters
    ----------
    root : path
    transform : function, optional
        Applied to each image.
    target_transform : function, optional
        Applied to each label.
    loader : function of a path, optional
        Reads a file (default: Pillow, from ``pip install tapegrad[images]``).
    is_valid_file : function of a path, optional
        Which files are images (default: by their endings).
    allow_empty : bool, default False
        Whether a class may have no images.

    Attributes
    ----------
    classes : list of str
        In alphabetical order; the place of one is its label.
    class_to_idx : dict
        The label of each class.
    samples : list of (str, int)
        Path and label of each image, in the order of classes and of paths.
    targets : list of int

    Raises
    ------
    FileNotFoundError
        If there is no folder, no class in it, or no image of a class.
    ImportError
        At the first sample, if Pillow is not installed and there is no `loader`.
    """

    def __init__(
        self,
        root: str | PathLike[str],
        transform: Callable | None = None,
        target_transform: Callable | None = None,
        loader: Callable[[str], Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ):
        self.root, self.transform, self.target_transform = os.fspath(root), transform, target_transform
        self.loader = read_image if loader is None else loader
        if not Path(root).is_dir():
            raise FileNotFoundError(f"[ImageFolder] `root` (={self.root!r}) must be a folder")
        self.classes = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
        if not self.classes:
            raise FileNotFoundError(f"[ImageFolder] `root` (={self.root!r}) must have a folder for each class")
        self.class_to_idx = {name: k for k, name in enumerate(self.classes)}
        is_image = is_valid_file or (lambda path: path.lower().endswith(ENDINGS))
        self.samples: list[tuple[str, int]] = []
        for name, label in self.class_to_idx.items():
            found = [(path, label) for path in _files(os.path.join(self.root, name)) if is_image(path)]
            if not found and not allow_empty:
                raise FileNotFoundError(
                    f"[ImageFolder] `root` (={self.root!r}) must have images of every class, and `{name}` has none "
                    f"({', '.join(ENDINGS)}); allow_empty=True lets it be"
                )
            self.samples += found
        self.imgs, self.targets = self.samples, [label for _, label in self.samples]

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, label = self.samples[index]
        image: Any = self.loader(path)
        if self.transform is not None:
            image = self.transform(image)
        return image, label if self.target_transform is None else self.target_transform(label)

    def __len__(self) -> int:
        return len(self.samples)

    def __repr__(self):
        return f"<ImageFolder: {len(self):,} images, {len(self.classes)} classes, {self.root}>"


def read_image(path: str):
    """The image in a file, in RGB."""
    try:
        from PIL import Image
    except ImportError:
        raise ImportError("[ImageFolder] images are read by Pillow: pip install tapegrad[images]") from None
    with Image.open(path) as image:
        return image.convert("RGB")


def _files(folder: str) -> list[str]:
    found = []
    for place, folders, names in os.walk(folder, followlinks=True):
        folders.sort()
        found += [os.path.join(place, name) for name in sorted(names)]
    return found
