"""The musicnn network as an ONNX model, built from its trained variables.

Architecture: Pons and Serra, "musicnn: pre-trained convolutional neural networks for music audio
tagging" (ISMIR 2019 late-breaking): timbral and temporal convolutions whose maximum over frequency
is kept, three dense-connected layers over time, then maximum and mean over time.

Batch normalisation is folded away. It follows a rectifier, so its scale ``s`` goes into the
convolution as ``|s|``, and where ``s`` is negative the maximum over frequency becomes a minimum.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import onnx

FRAMES: Final = 187
N_MELS: Final = 96
_EPSILON: Final = 1e-3
_OPSET: Final = 17
_IR_VERSION: Final = 8

Variables = Mapping[str, np.ndarray]


def build_onnx(variables: Variables) -> onnx.ModelProto:
    """The network with input ``mel`` (n, 187, 96) and outputs ``tags`` (n, 50), ``embedding``.

    ``variables`` are those of ``MSD_musicnn`` or ``MTT_musicnn``; ``embedding`` is the
    normalised penultimate layer, (n, 200). Needs the ``onnx`` package.
    """
    graph = _Graph()
    scale, shift = _norm(variables, 0)
    x = graph.add("Mul", "mel", graph.constant(scale))
    x = graph.add("Add", x, graph.constant(shift))
    x = graph.add("Unsqueeze", x, graph.constant(np.array([1])))
    pads = [(3, 3), (3, 3), (63, 64), (31, 32), (15, 16)]
    front = [_front(graph, variables, layer, x, pad) for layer, pad in enumerate(pads)]
    frontend = graph.add("Concat", *front, axis=1)
    first = _middle(graph, variables, 5, frontend)
    second = graph.add("Add", _middle(graph, variables, 6, first), first)
    third = graph.add("Add", _middle(graph, variables, 7, second), second)
    features = graph.add("Concat", frontend, first, second, third, axis=1)
    return graph.model(*_back(graph, variables, features))


class _Graph:
    """Collects nodes and constants; names are numbered."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def add(self, op: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        name = f"{op.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def constant(self, value: np.ndarray) -> str:
        from onnx import numpy_helper

        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def model(self, tags: str, embedding: str) -> onnx.ModelProto:
        from onnx import TensorProto, helper

        for name, output in (("tags", tags), ("embedding", embedding)):
            self._nodes.append(helper.make_node("Identity", [output], [name]))
        mel = helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["n", FRAMES, N_MELS])
        outputs = [
            helper.make_tensor_value_info("tags", TensorProto.FLOAT, ["n", 50]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 200]),
        ]
        graph = helper.make_graph(self._nodes, "musicnn", [mel], outputs, self._constants)
        opset = helper.make_opsetid("", _OPSET)
        return helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION)


def _numbered(name: str, number: int) -> str:
    return f"{name}_{number}" if number else name


def _norm(variables: Variables, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Scale and shift of a trained batch normalisation, float32."""
    prefix = _numbered("batch_normalization", number)
    gamma, beta, mean, variance = (
        variables[f"{prefix}/{part}"].astype(np.float64)
        for part in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + _EPSILON)
    return scale.astype(np.float32), (beta - mean * scale).astype(np.float32)


def _front(graph: _Graph, variables: Variables, layer: int, x: str, pad: tuple[int, int]) -> str:
    """A front-end branch: (n, 1, time, mel) to (n, channels, time)."""
    kernel = variables[f"{_numbered('conv2d', layer)}/kernel"].transpose(3, 2, 0, 1)
    bias = variables[f"{_numbered('conv2d', layer)}/bias"]
    scale, shift = _norm(variables, layer + 1)
    order = np.argsort(scale < 0, kind="stable")
    size = np.abs(scale[order])
    y = graph.add(
        "Conv",
        x,
        graph.constant(kernel[order] * size[:, None, None, None]),
        graph.constant(bias[order] * size),
        pads=[pad[0], 0, pad[1], 0],
    )
    negative = int(np.sum(scale < 0))
    parts = []
    for op, start, stop in (
        ("ReduceMax", 0, len(scale) - negative),
        ("ReduceMin", len(scale) - negative, len(scale)),
    ):
        if start == stop:
            continue
        bounds = [graph.constant(np.array([at])) for at in (start, stop, 1)]
        part = graph.add("Slice", y, *bounds)
        part = graph.add(op, part, axes=[3], keepdims=0)
        part = graph.add("Relu", part)
        parts.append(part if op == "ReduceMax" else graph.add("Neg", part))
    joined = graph.add("Concat", *parts, axis=1)
    restored = graph.add("Gather", joined, graph.constant(np.argsort(order)), axis=1)
    return graph.add("Add", restored, graph.constant(shift[:, None]))


def _middle(graph: _Graph, variables: Variables, layer: int, x: str) -> str:
    """A mid-end layer over time: (n, channels, time) to (n, 64, time)."""
    kernel = variables[f"conv2d_{layer}/kernel"][:, :, 0, :].transpose(2, 1, 0)
    y = graph.add(
        "Conv",
        x,
        graph.constant(kernel),
        graph.constant(variables[f"conv2d_{layer}/bias"]),
        pads=[3, 3],
    )
    scale, shift = _norm(variables, layer + 1)
    return _affine(graph, graph.add("Relu", y), scale[:, None], shift[:, None])


def _affine(graph: _Graph, x: str, scale: np.ndarray, shift: np.ndarray) -> str:
    return graph.add("Add", graph.add("Mul", x, graph.constant(scale)), graph.constant(shift))


def _back(graph: _Graph, variables: Variables, features: str) -> tuple[str, str]:
    """Pooling over time and two dense layers: tags (n, 50) and embedding (n, 200)."""
    pooled = graph.add(
        "Concat",
        graph.add("ReduceMax", features, axes=[2], keepdims=0),
        graph.add("ReduceMean", features, axes=[2], keepdims=0),
        axis=1,
    )
    scale, shift = _norm(variables, 9)
    kernel = variables["dense/kernel"]
    bias = variables["dense/bias"] + shift @ kernel
    kernel = kernel * scale[:, None]
    kernel = np.concatenate([kernel[0::2], kernel[1::2]])  # stored as max, mean, max, mean, ...
    hidden = graph.add("Relu", graph.add("Gemm", pooled, *map(graph.constant, (kernel, bias))))
    embedding = _affine(graph, hidden, *_norm(variables, 10))
    output = [graph.constant(variables[f"dense_1/{part}"]) for part in ("kernel", "bias")]
    return graph.add("Sigmoid", graph.add("Gemm", embedding, *output)), embedding
