"""A folder for each class."""

import sys

import numpy as np
import pytest
from PIL import Image

from tapegrad.data import DataLoader, ImageFolder
from tapegrad.data.transforms import Compose, Resize, ToTensor


@pytest.fixture
def root(tmp_path):
    for k, name in enumerate(["dog/b.png", "cat/deep/x.PNG", "cat/a.bmp", "dog/a.jpg", "dog/readme.txt"]):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("no image")
        else:
            Image.new("P" if k else "L", (4, 3), 40 * k).save(path.with_suffix(".png"))
            path.with_suffix(".png").rename(path)
    return tmp_path


def test_classes_are_folders_in_alphabetical_order(root):
    images = ImageFolder(root)
    assert images.classes == ["cat", "dog"]
    assert images.class_to_idx == {"cat": 0, "dog": 1}
    assert [path.removeprefix(str(root)) for path, _ in images.samples] == [
        "/cat/a.bmp", "/cat/deep/x.PNG", "/dog/a.jpg", "/dog/b.png",
    ]  # fmt: skip
    assert images.targets == [0, 0, 1, 1] and images.imgs == images.samples
    assert repr(images) == f"<ImageFolder: 4 images, 2 classes, {root}>"


def test_images_are_rgb_and_become_tensors_by_a_transform(root):
    assert ImageFolder(root)[0][0].mode == "RGB"
    images = ImageFolder(root, Compose([Resize((6, 5)), ToTensor()]), lambda label: 10 * label)
    ((x, y),) = DataLoader(images, batch_size=4, num_workers=2)
    assert (x.shape, y.tolist()) == ((4, 3, 6, 5), [0, 0, 10, 10])


def test_other_readers_and_other_files_can_be_had(root):
    images = ImageFolder(
        root, loader=lambda path: np.ones(1), is_valid_file=lambda path: path.endswith(".txt"), allow_empty=True
    )
    assert (len(images), images[0][1]) == (1, 1)


def test_pillow_is_asked_for_by_its_extra(root, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"pip install tapegrad\[images\]"):
        ImageFolder(root)[0]


def test_what_is_missing_is_named(root, tmp_path_factory):
    with pytest.raises(FileNotFoundError, match=r"\[ImageFolder\] `root` \(='.*nothing'\) must be a folder"):
        ImageFolder(root / "nothing")
    with pytest.raises(FileNotFoundError, match="must have a folder for each class"):
        ImageFolder(tmp_path_factory.mktemp("empty"))
    (root / "emu").mkdir()
    with pytest.raises(FileNotFoundError, match="must have images of every class, and `emu` has none"):
        ImageFolder(root)
    assert len(ImageFolder(root, allow_empty=True)) == 4
