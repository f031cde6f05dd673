"""A classifier as a folder: ``model.safetensors``, ``model.onnx`` and ``meta.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.errors import ShiroaError
from training.classifier.calibration import Calibration
from training.classifier.field import EXCLUSIVE, FieldModel
from training.classifier.heads import BOUND, Head
from training.classifier.novelty import Guard
from training.record import read_meta, write_meta

if TYPE_CHECKING:
    import onnx

WEIGHTS_NAME: Final = "model.safetensors"
ONNX_NAME: Final = "model.onnx"
_GUARD: Final = ("mean", "scale", "centre", "whitening")
_Step = tuple[str, list[str], dict[str, Any]]
"""A node of the ONNX graph: operator, inputs beside the one before, attributes."""

_OPSET: Final = 17
_IR_VERSION: Final = 8


class ModelFileError(ShiroaError):
    """A model's folder that can't be read or does not fit; the message says what to do."""


@dataclass(frozen=True)
class Classifier:
    """The learnt fields, and the lengths of embedding and descriptors they were learnt on."""

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
        return {name: field.probabilities(inputs) for name, field in self.fields.items()}


def save_classifier(folder: Path, classifier: Classifier, meta: dict[str, Any]) -> float:
    """Write the folder; returns the largest difference of the ONNX file's probabilities."""
    from safetensors.numpy import save_file

    tensors: dict[str, np.ndarray] = {}
    for name, field in classifier.fields.items():
        tensors |= {f"{name}.mean": field.head.mean, f"{name}.scale": field.head.scale}
        for place, (weight, bias) in enumerate(field.head.layers):
            tensors |= {f"{name}.{place}.weight": weight, f"{name}.{place}.bias": bias}
        tensors |= {f"{name}.guard.{part}": getattr(field.guard, part) for part in _GUARD}
    rows = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    save_file(rows, folder / WEIGHTS_NAME)  # it writes the memory as it lies, whatever the strides
    (folder / ONNX_NAME).write_bytes(_onnx(classifier).SerializeToString())
    difference = _onnx_difference(folder / ONNX_NAME, classifier)
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
        fields = {
            name: FieldModel(
                field=name,
                words=tuple(found["words"]),
                head=_head(name, tensors),
                calibration=Calibration(**found["calibration"]),
                thresholds=np.array(found["thresholds"]),
                guard=_guard(name, tensors, found["limit"]),
            )
            for name, found in meta["fields"].items()
        }
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


def _guard(name: str, tensors: Mapping[str, np.ndarray], limit: float) -> Guard:
    return Guard(**{part: tensors[f"{name}.guard.{part}"] for part in _GUARD}, limit=limit)


def _onnx(classifier: Classifier) -> onnx.ModelProto:
    """The classifier with input ``inputs`` (n, d) and outputs of probabilities for each field.

    Beside ``genre`` stands ``genre_distance`` (n,), that of its guard, to be held against the
    field's ``limit`` in ``meta.json``; so for each field.
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants, outputs = [], [], []

    def constant(name: str, value: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def chain(at: str, steps: list[_Step], end: str) -> None:
        """Nodes that lead from the tensor ``at`` through ``steps`` to ``end``."""
        for place, (op, others, attributes) in enumerate(steps):
            made = end if place == len(steps) - 1 else f"{end}.step{place}"
            nodes.append(helper.make_node(op, [at, *others], [made], **attributes))
            at = made

    def standardise(name: str, mean: np.ndarray, scale: np.ndarray) -> list[_Step]:
        return [
            ("Sub", [constant(f"{name}.mean", mean)], {}),
            ("Div", [constant(f"{name}.scale", scale)], {}),
            ("Div", [bound], {}),
            ("Tanh", [], {}),
            ("Mul", [bound], {}),
        ]

    bound = constant("bound", np.array(BOUND))
    part = _last(classifier)
    constants += [numpy_helper.from_array(np.array([at]), name) for name, at in part.items()]
    nodes.append(helper.make_node("Slice", ["inputs", *part], ["descriptors"]))
    for name, field in classifier.fields.items():
        steps = standardise(name, field.head.mean, field.head.scale)
        for place, (weight, bias) in enumerate(field.head.layers):
            if place:
                steps.append(("Relu", [], {}))
            layer = [constant(f"{name}.{place}.w", weight), constant(f"{name}.{place}.b", bias)]
            steps.append(("Gemm", layer, {"transB": 1}))
        temperature = constant(f"{name}.t", np.array(field.calibration.temperature))
        offset = constant(f"{name}.offset", np.array(field.calibration.offset))
        steps += [("Div", [temperature], {}), ("Add", [offset], {})]
        steps.append(("Softmax", [], {"axis": 1}) if EXCLUSIVE[name] else ("Sigmoid", [], {}))
        chain("inputs", steps, name)
        shape: list[str | int | None] = ["n", len(field.words)]
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        guard, far = field.guard, f"{name}_distance"
        steps = standardise(f"{name}.guard", guard.mean, guard.scale)
        steps.append(("Sub", [constant(f"{name}.guard.centre", guard.centre)], {}))
        steps.append(("MatMul", [constant(f"{name}.guard.whitening", guard.whitening)], {}))
        steps.append(("ReduceL2", [], {"axes": [1], "keepdims": 0}))
        chain("descriptors", steps, far)
        outputs.append(helper.make_tensor_value_info(far, TensorProto.FLOAT, ["n"]))
    width = classifier.embedding_size + classifier.descriptor_size
    inputs = [helper.make_tensor_value_info("inputs", TensorProto.FLOAT, ["n", width])]
    graph = helper.make_graph(nodes, "classifier", inputs, outputs, constants)
    opset = helper.make_opsetid("", _OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION)


def _last(classifier: Classifier) -> dict[str, int]:
    """Which of the inputs are descriptors, as ONNX's Slice wants it: start, end and axis."""
    start, end = classifier.embedding_size, classifier.embedding_size + classifier.descriptor_size
    return {"descriptors.start": start, "descriptors.end": end, "descriptors.axis": 1}


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
