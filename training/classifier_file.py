"""A classifier as a folder: ``model.safetensors``, ``model.onnx`` and ``meta.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.errors import ShiroaError
from training.calibration import Calibration
from training.field import EXCLUSIVE, FieldModel
from training.heads import Head
from training.record import read_meta, write_meta

if TYPE_CHECKING:
    import onnx

WEIGHTS_NAME: Final = "model.safetensors"
ONNX_NAME: Final = "model.onnx"
_OPSET: Final = 17
_IR_VERSION: Final = 8


class ModelFileError(ShiroaError):
    """A model's folder that can't be read or does not fit; the message says what to do."""


@dataclass(frozen=True)
class Classifier:
    """The learnt fields, and the lengths of embedding and descriptors they were learnt on.

    ``genre`` comes first: a field with centres is judged relative to it.
    """

    fields: Mapping[str, FieldModel]
    embedding_size: int
    descriptor_size: int

    def probabilities(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
        """For each field the calibrated probabilities (n, classes) of ``inputs`` (n, inputs)."""
        width = self.embedding_size + self.descriptor_size
        if inputs.shape[1] != width:
            raise ModelFileError(
                f"inputs have {inputs.shape[1]} values, the model was trained on {width}: "
                "the extractor changed; train again on a new snapshot"
            )
        found: dict[str, np.ndarray] = {}
        for name, field in self.fields.items():
            seen = inputs if field.centres is None else inputs - found["genre"] @ field.centres
            found[name] = field.probabilities(seen.astype(np.float32))
        return found


def save_classifier(folder: Path, classifier: Classifier, meta: dict[str, Any]) -> float:
    """Write the folder; returns the largest difference of the ONNX file's probabilities."""
    from safetensors.numpy import save_file

    tensors: dict[str, np.ndarray] = {}
    for name, field in classifier.fields.items():
        tensors |= {f"{name}.mean": field.head.mean, f"{name}.scale": field.head.scale}
        if field.centres is not None:
            tensors[f"{name}.centres"] = field.centres
        for place, (weight, bias) in enumerate(field.head.layers):
            tensors |= {f"{name}.{place}.weight": weight, f"{name}.{place}.bias": bias}
    save_file(tensors, folder / WEIGHTS_NAME)
    (folder / ONNX_NAME).write_bytes(_onnx(classifier).SerializeToString())
    difference = _onnx_difference(folder / ONNX_NAME, classifier)
    fields = {
        name: {
            "words": list(field.words),
            "calibration": asdict(field.calibration),
            "thresholds": field.thresholds.tolist(),
        }
        for name, field in classifier.fields.items()
    }
    inputs = {"embedding": classifier.embedding_size, "descriptors": classifier.descriptor_size}
    write_meta(folder, {**meta, "inputs": inputs, "fields": fields, "onnx_difference": difference})
    return difference


def load_classifier(folder: Path) -> Classifier:
    """The classifier in ``folder``. Raises ``ModelFileError`` when it is not whole."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        meta = read_meta(folder)
        tensors = load_file(folder / WEIGHTS_NAME)
        fields = {
            name: FieldModel(
                field=name,
                words=tuple(found["words"]),
                head=_head(name, tensors),
                calibration=Calibration(**found["calibration"]),
                thresholds=np.array(found["thresholds"]),
                centres=tensors.get(f"{name}.centres"),
            )
            for name, found in meta["fields"].items()
        }
        inputs = meta["inputs"]
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelFileError(
            f"{folder}: is no whole classifier ({error}); train it again or take another model"
        ) from error
    return Classifier(fields, inputs["embedding"], inputs["descriptors"])


def _head(name: str, tensors: Mapping[str, np.ndarray]) -> Head:
    depth = sum(key.startswith(f"{name}.") and key.endswith(".weight") for key in tensors)
    layers = [
        (tensors[f"{name}.{place}.weight"], tensors[f"{name}.{place}.bias"])
        for place in range(depth)
    ]
    return Head(tensors[f"{name}.mean"], tensors[f"{name}.scale"], tuple(layers))


def _onnx(classifier: Classifier) -> onnx.ModelProto:
    """The classifier with input ``inputs`` (n, d) and an output of probabilities for each field."""
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants, outputs = [], [], []

    def constant(name: str, value: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    low, high = constant("low", np.array(-8)), constant("high", np.array(8))
    for name, field in classifier.fields.items():
        steps: list[tuple[str, list[str], dict[str, Any]]] = [
            ("Sub", [constant(f"{name}.mean", field.head.mean)], {}),
            ("Div", [constant(f"{name}.scale", field.head.scale)], {}),
            ("Clip", [low, high], {}),
        ]
        for place, (weight, bias) in enumerate(field.head.layers):
            if place:
                steps.append(("Relu", [], {}))
            layer = [constant(f"{name}.{place}.w", weight), constant(f"{name}.{place}.b", bias)]
            steps.append(("Gemm", layer, {"transB": 1}))
        temperature = constant(f"{name}.t", np.array(field.calibration.temperature))
        offset = constant(f"{name}.offset", np.array(field.calibration.offset))
        steps += [("Div", [temperature], {}), ("Add", [offset], {})]
        steps.append(("Softmax", [], {"axis": 1}) if EXCLUSIVE[name] else ("Sigmoid", [], {}))
        at = "inputs"
        if field.centres is not None:
            usual = [f"{name}.usual", f"{name}.relative"]
            table = constant(f"{name}.centres", field.centres)
            nodes.append(helper.make_node("MatMul", ["genre", table], usual[:1]))
            nodes.append(helper.make_node("Sub", ["inputs", usual[0]], usual[1:]))
            at = usual[1]
        for place, (op, others, attributes) in enumerate(steps):
            made = name if place == len(steps) - 1 else f"{name}.step{place}"
            nodes.append(helper.make_node(op, [at, *others], [made], **attributes))
            at = made
        shape: list[str | int | None] = ["n", len(field.words)]
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    width = classifier.embedding_size + classifier.descriptor_size
    inputs = [helper.make_tensor_value_info("inputs", TensorProto.FLOAT, ["n", width])]
    graph = helper.make_graph(nodes, "classifier", inputs, outputs, constants)
    opset = helper.make_opsetid("", _OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION)


def _onnx_difference(path: Path, classifier: Classifier) -> float:
    """Largest difference of the file's probabilities from ours on random inputs."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    first = next(iter(classifier.fields.values())).head
    noise = np.random.default_rng(0).standard_normal((64, len(first.mean)))
    inputs = (first.mean + 2 * noise * first.scale).astype(np.float32)
    ours = classifier.probabilities(inputs)
    theirs = session.run(list(ours), {"inputs": inputs})
    return float(max(np.abs(a - b).max() for a, b in zip(ours.values(), theirs, strict=True)))
