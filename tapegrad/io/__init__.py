"""Checkpoints: nested state in one safetensors file, written all or nothing, read without pickle.

    tg.save({"model": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, "run.safetensors")
    state = tg.load("run.safetensors")

Tensors lie in the file under their dotted paths, as files of PyTorch users do, who can read it with
``safetensors.torch.load_file``; the structure around them and a SHA-256 of everything are in its metadata.
"""

from ._atomic import replacing
from ._checkpoint import load, save
from ._safetensors import CheckpointError

__all__ = ["CheckpointError", "load", "replacing", "save"]
