"""A classifier as a folder: ``model.safetensors``, ``model.onnx`` and ``meta.json``.

With stage ``mel`` the weights of its network lie in ``mel.safetensors`` and ``mel.onnx``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from training.classifier.calibration import Calibration
from training.classifier.dataset import HEARD_SIZE
from training.classifier.export import (
    classifier_difference,
    classifier_graph,
    network_difference,
    network_graph,
)
from training.classifier.field import FieldModel
from training.classifier.heads import BOUND, Head
from training.classifier.model import Classifier, ModelFileError
from training.classifier.network import Network
from training.classifier.novelty import Guard
from training.record import read_meta, write_meta

WEIGHTS_NAME: Final = "model.safetensors"
ONNX_NAME: Final = "model.onnx"
NETWORK_NAME: Final = "mel.safetensors"
NETWORK_ONNX_NAME: Final = "mel.onnx"
_GUARD: Final = ("mean", "scale", "centre", "whitening")


def save_classifier(folder: Path, classifier: Classifier, meta: dict[str, Any]) -> float:
    """Write the folder; returns the largest difference of the ONNX files' answers."""
    tensors: dict[str, np.ndarray] = {}
    for name, field in classifier.fields.items():
        tensors |= {f"{name}.mean": field.head.mean, f"{name}.scale": field.head.scale}
        for place, (weight, bias) in enumerate(field.head.layers):
            tensors |= {f"{name}.{place}.weight": weight, f"{name}.{place}.bias": bias}
        tensors |= {f"{name}.guard.{part}": getattr(field.guard, part) for part in _GUARD}
    _save(folder / WEIGHTS_NAME, tensors)
    (folder / ONNX_NAME).write_bytes(classifier_graph(classifier).SerializeToString())
    difference = classifier_difference(folder / ONNX_NAME, classifier)
    if network := classifier.network:
        _save(folder / NETWORK_NAME, _network_tensors(network))
        (folder / NETWORK_ONNX_NAME).write_bytes(network_graph(network).SerializeToString())
        heard = network_difference(folder / NETWORK_ONNX_NAME, network)
        difference = max(difference, heard)
    fields = {
        name: {
            "words": list(field.words),
            "calibration": asdict(field.calibration),
            "thresholds": field.thresholds.tolist(),
            "limit": field.guard.limit,
        }
        for name, field in classifier.fields.items()
    }
    inputs = {
        "heard": HEARD_SIZE if classifier.network else 0,
        "embedding": classifier.embedding_size,
        "descriptors": classifier.descriptor_size,
        "bound": BOUND,
    }
    write_meta(folder, {**meta, "inputs": inputs, "fields": fields, "onnx_difference": difference})
    return difference


def load_classifier(folder: Path) -> Classifier:
    """The classifier in ``folder``. Raises ``ModelFileError`` when it is not whole."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        meta = read_meta(folder)
        inputs = meta["inputs"]
        if inputs.get("bound") != BOUND or any("limit" not in f for f in meta["fields"].values()):
            raise ValueError("an older version of Shiroa made it")
        tensors = load_file(folder / WEIGHTS_NAME)
        heard = inputs.get("heard", 0)
        if heard not in (0, HEARD_SIZE):
            raise ValueError(f"it hears {heard} words, this version {HEARD_SIZE}")
        network = _network(load_file(folder / NETWORK_NAME)) if heard else None
        fields = {
            name: FieldModel(
                field=name,
                words=tuple(found["words"]),
                head=_head(name, tensors),
                calibration=Calibration(**found["calibration"]),
                thresholds=np.array(found["thresholds"]),
                guard=_guard(name, tensors, found["limit"]),
                hears=network is not None,
            )
            for name, found in meta["fields"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelFileError(
            f"{folder}: is no whole classifier ({error}); train it again or take another model"
        ) from error
    return Classifier(fields, inputs["embedding"], inputs["descriptors"], network)


def _save(path: Path, tensors: Mapping[str, np.ndarray]) -> None:
    from safetensors.numpy import save_file

    # it writes the memory as it lies, whatever the strides
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, path)


def _network_tensors(network: Network) -> dict[str, np.ndarray]:
    tensors = {"mean": network.mean, "scale": network.scale}
    tensors["sizes"] = np.array(network.sizes, np.int64)
    for place, (weight, bias) in enumerate(network.layers):
        tensors |= {f"{place}.weight": weight, f"{place}.bias": bias}
    return tensors


def _network(tensors: Mapping[str, np.ndarray]) -> Network:
    depth = sum(key.endswith(".weight") for key in tensors)
    layers = tuple((tensors[f"{place}.weight"], tensors[f"{place}.bias"]) for place in range(depth))
    return Network(tensors["mean"], tensors["scale"], layers, tuple(tensors["sizes"].tolist()))


def _head(name: str, tensors: Mapping[str, np.ndarray]) -> Head:
    depth = sum(key.startswith(f"{name}.") and key.endswith(".weight") for key in tensors)
    layers = [
        (tensors[f"{name}.{place}.weight"], tensors[f"{name}.{place}.bias"])
        for place in range(depth)
    ]
    return Head(tensors[f"{name}.mean"], tensors[f"{name}.scale"], tuple(layers))


def _guard(name: str, tensors: Mapping[str, np.ndarray], limit: float) -> Guard:
    return Guard(**{part: tensors[f"{name}.guard.{part}"] for part in _GUARD}, limit=limit)
