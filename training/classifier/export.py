"""A classifier as ONNX graphs, and how far their answers are from ours.

``model.onnx`` has the input ``inputs`` (n, d) and for each field its probabilities, such as
``genre`` (n, classes), and ``genre_distance`` (n,), that of its guard, to be held against the
field's ``limit`` in ``meta.json``. Of stage ``mel`` the first values of ``inputs`` are those of
``mel.onnx``, which makes of the windows of one track, ``mel`` (m, 187, 96), ``heard`` (1, values).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.tagger.network import FRAMES, N_MELS
from training.classifier.dataset import heard_columns
from training.classifier.field import EXCLUSIVE, FieldModel
from training.classifier.heads import BOUND
from training.classifier.model import Classifier
from training.classifier.network import KERNEL, LEAST, STRIDE, Network

if TYPE_CHECKING:
    import onnx

_Step = tuple[str, list[str], dict[str, Any]]
"""A node of the ONNX graph: operator, inputs beside the one before, attributes."""

_OPSET: Final = 17
_IR_VERSION: Final = 8


class _Graph:
    """Collects nodes, constants and outputs."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.outputs: list[Any] = []

    def constant(self, name: str, value: Any, kind: type = np.float32) -> str:
        """A constant, by its name."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def chain(self, at: str, steps: list[_Step], end: str) -> str:
        """Nodes that lead from the tensor ``at`` through ``steps`` to ``end``."""
        from onnx import helper

        for place, (op, others, attributes) in enumerate(steps):
            made = end if place == len(steps) - 1 else f"{end}.step{place}"
            self.nodes.append(helper.make_node(op, [at, *others], [made], **attributes))
            at = made
        return end

    def output(self, name: str, *shape: str | int) -> None:
        """Declare ``name`` as an output."""
        from onnx import TensorProto, helper

        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def model(self, name: str, source: str, *shape: str | int) -> onnx.ModelProto:
        """The whole graph with the input ``source``."""
        from onnx import TensorProto, helper

        inputs = [helper.make_tensor_value_info(source, TensorProto.FLOAT, shape)]
        graph = helper.make_graph(self.nodes, name, inputs, self.outputs, self.constants)
        opset = helper.make_opsetid("", _OPSET)
        return helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION)


def classifier_graph(classifier: Classifier) -> onnx.ModelProto:
    """The heads, their calibration and the guards of ``classifier``."""
    graph = _Graph()
    graph.constant("bound", BOUND)
    start = classifier.width - classifier.descriptor_size
    part = [
        graph.constant(f"descriptors.{name}", [value], np.int64)
        for name, value in (("start", start), ("end", classifier.width), ("axis", 1))
    ]
    graph.chain("inputs", [("Slice", part, {})], "descriptors")
    for name, field in classifier.fields.items():
        _add_field(graph, name, field)
    return graph.model("classifier", "inputs", "n", classifier.width)


def _add_field(graph: _Graph, name: str, field: FieldModel) -> None:
    steps = _standardise(graph, name, field.head.mean, field.head.scale)
    for place, layer in enumerate(field.head.layers):
        if place:
            steps.append(("Relu", [], {}))
        steps.append(_linear(graph, f"{name}.{place}", *layer))
    calibration = field.calibration
    steps.append(("Div", [graph.constant(f"{name}.t", calibration.temperature)], {}))
    steps.append(("Add", [graph.constant(f"{name}.offset", calibration.offset)], {}))
    if field.hears:
        columns = heard_columns(name, field.words)
        taken = graph.constant(f"{name}.columns", columns, np.int64)
        weight = graph.constant(f"{name}.hearing", calibration.hearing)
        read: list[_Step] = [("Gather", [taken], {"axis": 1}), ("Mul", [weight], {})]
        steps.append(("Add", [graph.chain("inputs", read, f"{name}.heard")], {}))
    steps.append(("Softmax", [], {"axis": 1}) if EXCLUSIVE[name] else ("Sigmoid", [], {}))
    graph.output(graph.chain("inputs", steps, name), "n", len(field.words))
    guard = field.guard
    steps = _standardise(graph, f"{name}.guard", guard.mean, guard.scale)
    steps.append(("Sub", [graph.constant(f"{name}.guard.centre", guard.centre)], {}))
    steps.append(("MatMul", [graph.constant(f"{name}.guard.whitening", guard.whitening)], {}))
    steps.append(("ReduceL2", [], {"axes": [1], "keepdims": 0}))
    graph.output(graph.chain("descriptors", steps, f"{name}_distance"), "n")


def _standardise(graph: _Graph, name: str, mean: np.ndarray, scale: np.ndarray) -> list[_Step]:
    return [
        ("Sub", [graph.constant(f"{name}.mean", mean)], {}),
        ("Div", [graph.constant(f"{name}.scale", scale)], {}),
        ("Div", ["bound"], {}),
        ("Tanh", [], {}),
        ("Mul", ["bound"], {}),
    ]


def _linear(graph: _Graph, name: str, weight: np.ndarray, bias: np.ndarray) -> _Step:
    layer = [graph.constant(f"{name}.w", weight), graph.constant(f"{name}.b", bias)]
    return ("Gemm", layer, {"transB": 1})


def network_graph(network: Network) -> onnx.ModelProto:
    """The network of stage ``mel``, from the windows of one track to log-odds."""
    from onnx import helper

    graph = _Graph()
    steps: list[_Step] = [
        ("Sub", [graph.constant("mean", network.mean)], {}),
        ("Div", [graph.constant("scale", network.scale)], {}),
        ("Transpose", [], {"perm": [0, 2, 1]}),
    ]
    pad = KERNEL // 2
    for place, (weight, bias) in enumerate(network.layers[:-1]):
        layer = [graph.constant(f"{place}.w", weight), graph.constant(f"{place}.b", bias)]
        steps += [("Conv", layer, {"strides": [STRIDE], "pads": [pad, pad]}), ("Relu", [], {})]
    over_time = {"axes": [2], "keepdims": 0}
    sound = graph.chain("mel", steps, "sound")
    most = graph.chain(sound, [("ReduceMax", [], over_time)], "most")
    mean = graph.chain(sound, [("ReduceMean", [], over_time)], "usual")
    steps = [
        ("Concat", [mean], {"axis": 1}),
        _linear(graph, "last", *network.layers[-1]),
        ("ReduceMean", [], {"axes": [0], "keepdims": 1}),
    ]
    scores = graph.chain(most, steps, "scores")
    sizes = graph.constant("sizes", network.sizes, np.int64)
    parts = [f"scores.{place}" for place in range(len(network.sizes))]
    graph.nodes.append(helper.make_node("Split", [scores, sizes], parts, axis=1))
    alone = [graph.chain(part, [("Softmax", [], {"axis": 1})], f"{part}.p") for part in parts]
    bounds = [graph.constant("bounds.low", LEAST), graph.constant("bounds.high", 1 - LEAST)]
    first, *rest = alone
    steps = [("Concat", rest, {"axis": 1}), ("Clip", bounds, {})]
    p = graph.chain(first, steps, "p")
    against = graph.chain(p, [("Neg", [], {}), ("Add", [graph.constant("one", 1)], {})], "against")
    graph.output(
        graph.chain(p, [("Div", [against], {}), ("Log", [], {})], "heard"), 1, sum(network.sizes)
    )
    return graph.model("mel", "mel", "m", FRAMES, N_MELS)


def classifier_difference(path: Path, classifier: Classifier) -> float:
    """Largest difference of the probabilities of the file ``path`` from ours, on random inputs."""
    first = next(iter(classifier.fields.values())).head
    noise = np.random.default_rng(0).standard_normal((64, len(first.mean)))
    inputs = (first.mean + 2 * noise * first.scale).astype(np.float32)
    ours = classifier.probabilities(inputs)
    theirs = _run(path, list(ours), {"inputs": inputs})
    return float(max(np.abs(a - b).max() for a, b in zip(ours.values(), theirs, strict=True)))


def network_difference(path: Path, network: Network) -> float:
    """Largest difference of the log-odds of the file ``path`` from ours, on noise."""
    noise = np.random.default_rng(0).standard_normal((3, FRAMES, N_MELS)).astype(np.float32)
    mel = network.mean + noise * network.scale
    (theirs,) = _run(path, ["heard"], {"mel": mel})
    return float(np.abs(network.log_odds([mel]) - theirs).max())


def _run(path: Path, outputs: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found: list[np.ndarray] = session.run(outputs, inputs)
    return found
