"""A trained classifier in memory: its fields and what they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.errors import ShiroaError
from training.classifier.dataset import HEARD_SIZE
from training.classifier.field import FieldModel
from training.classifier.network import Network


class ModelFileError(ShiroaError):
    """A model's folder that can't be read or does not fit; the message says what to do."""


@dataclass(frozen=True)
class Classifier:
    """The learnt fields, and the lengths of embedding and descriptors they were learnt on.

    ``network`` is that of stage ``mel``, whose answers stand before both in the inputs.
    """

    fields: Mapping[str, FieldModel]
    embedding_size: int
    descriptor_size: int
    network: Network | None = None

    @property
    def width(self) -> int:
        """How many inputs it reads."""
        heard = HEARD_SIZE if self.network else 0
        return heard + self.embedding_size + self.descriptor_size

    def probabilities(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
        """For each field the calibrated probabilities (n, classes) of ``inputs`` (n, inputs)."""
        if inputs.shape[1] != self.width:
            raise ModelFileError(
                f"inputs have {inputs.shape[1]} values, the model was trained on {self.width}: "
                "the extractor changed; train again on a new snapshot"
            )
        return {name: field.probabilities(inputs) for name, field in self.fields.items()}
