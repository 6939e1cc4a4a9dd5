"""A training loop that tells what happens: events, handlers, metrics, checkpoints, logs.

    trainer = Trainer(net, optimizer, nn.CrossEntropyLoss(), metrics={"accuracy": Accuracy()})
    trainer.add(Progress(), Checkpoint("run.safetensors"), EarlyStopping("val_loss", patience=3))
    history = trainer.fit(training, epochs=20, validation=held_out)

Nothing here is needed to train: the loop is thirty lines that anybody can write, to be read in `trainer.py`.
"""

from .events import Event, Events
from .handlers import Checkpoint, EarlyStopping, Handler, Progress, TerminateOnNan
from .loggers import CSVLogger, JSONLLogger, TensorBoardLogger
from .metrics import Accuracy, ConfusionMatrix, Mean, MeanAbsoluteError, MeanSquaredError, Metric, R2Score, TopKAccuracy
from .trainer import Trainer

__all__ = [
    "Accuracy",
    "CSVLogger",
    "Checkpoint",
    "ConfusionMatrix",
    "EarlyStopping",
    "Event",
    "Events",
    "Handler",
    "JSONLLogger",
    "Mean",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Metric",
    "Progress",
    "R2Score",
    "TensorBoardLogger",
    "TerminateOnNan",
    "TopKAccuracy",
    "Trainer",
]
