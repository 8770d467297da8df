"""One step of the network as an ONNX graph: the last point and a state in, a mixture and the new state out.

Points are offsets in the units of ink: the graph normalises what it reads, and its mixture is in these units
too. The batch is the first axis of all arrays, but the second of the LSTM layers' state. docs/export.md
describes the inputs and outputs, and shows how to sample with them. The equations are those of hwcli.network.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwcli.errors import HwError, needs_extra
from hwcli.model.shape import LOG_SIGMA_MAX, PEN, RHO_MAX, WINDOW_MAX, WINDOW_MIN
from hwcli.sampling.model import Model

if TYPE_CHECKING:
    import onnx

Array = NDArray[Any]
OPSET, IR_VERSION = 17, 8  # of 2022: runtimes from onnxruntime 1.12 on read them
LARGEST = 2**29 - 2**20  # weights: a file of ONNX has at most 2 GiB
CODE_LICENCE = "The graph was made with hw, whose code has the MIT licence."


def graph(model: Model) -> bytes:
    """Return one step of `model`, a prediction or a synthesis network, as an ONNX model in float32.

    Raises HwError if the package onnx is not installed, and for a model of more than 2 GiB.
    """
    with needs_extra("onnx", "hw export cannot write ONNX"):
        from onnx import checker, helper
    from hwcli import __version__

    if model.file.parameters > LARGEST:
        raise HwError(f"{model.name} has {model.file.parameters:,} weights, too many for one file of ONNX")
    body = _Step(model).build()
    made = helper.make_model(
        body,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="hw",
        producer_version=__version__,
        doc_string=_unicode(f"One step of {model.name}, a {model.file.kind} network (Graves 2013)."),
    )
    helper.set_model_props(made, about(model))
    checker.check_model(made, full_check=True)
    data: bytes = made.SerializeToString(deterministic=True)
    return data


def about(model: Model) -> dict[str, str]:
    """Return the graph's metadata: what the weights are, their terms, and how to use them."""
    file, facts = model.file, model.file.about
    data = facts.get("data")
    data = data if isinstance(data, dict) else {}
    norm = file.normalisation
    rows = {
        "name": model.name,
        "kind": file.kind,
        "licence": facts.get("licence") or "not stated",
        "attribution": "; ".join(str(data[key]) for key in ("title", "citation", "url") if data.get(key)),
        "code": CODE_LICENCE,
        "units": "points are offsets (dx, dy) from the point before in the units of hw ink, y downwards",
        "normalisation": json.dumps({"mean": norm.mean, "std": norm.std}),
    }
    if file.alphabet is not None:
        rows["alphabet"] = file.alphabet.characters
    if "hand" in facts:
        rows["height"] = f"{model.size.height:g}"
    if model.source:
        rows["source"] = model.source
    return {key: _unicode(str(value)) for key, value in rows.items() if value}


@dataclass
class _Step:
    """Builds the graph: its methods add nodes and return the names of their results."""

    model: Model
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def build(self) -> onnx.GraphProto:
        from onnx import TensorProto, helper

        shape = self.model.file.shape
        h, c, m = shape.hidden, shape.characters, shape.mixtures
        ints, floats = TensorProto.INT32, TensorProto.FLOAT
        inputs: dict[str, tuple[list[str | int | None], int, str]] = {
            "point": (["N", PEN], floats, "dx, dy, and 1 where the pen lifts after the point; first 0, 0, 1"),
            "h": ([shape.layers, "N", h], floats, "the outputs of the LSTM layers; first 0"),
            "c": ([shape.layers, "N", h], floats, "the cells of the LSTM layers; first 0"),
            "bias": ([], floats, "Graves's bias: 0 as people write, 1 and more neater"),
        }
        outputs: dict[str, tuple[list[str | int | None], int, str]] = {
            "eos": (["N"], floats, "the probability that the pen lifts after the next point"),
            "pi": (["N", m], floats, "the weights of the mixture's components"),
            "mu": (["N", m, 2], floats, "their means, x and y"),
            "sigma": (["N", m, 2], floats, "their standard deviations, x and y"),
            "rho": (["N", m], floats, "their correlations"),
            "h_next": ([shape.layers, "N", h], floats, "h of the next step"),
            "c_next": ([shape.layers, "N", h], floats, "c of the next step"),
        }
        if shape.gaussians:
            inputs |= {
                "text": (["N", "U"], ints, "the codes of the characters, padded with -1"),
                "kappa": (["N", shape.gaussians], floats, "the positions of the window's Gaussians; first 0"),
                "window": (["N", c], floats, "the window vector; first 0"),
            }
            outputs |= {
                "kappa_next": (["N", shape.gaussians], floats, "kappa of the next step"),
                "window_next": (["N", c], floats, "window of the next step"),
                "position": (
                    ["N"],
                    ints,
                    "the character under the window, from 0; the text's length at its end",
                ),
            }
        self.network()
        read, given = (
            [
                helper.make_tensor_value_info(name, kind, sizes, doc)
                for name, (sizes, kind, doc) in rows.items()
            ]
            for rows in (inputs, outputs)
        )
        return helper.make_graph(self.nodes, "step", read, given, initializer=list(self.constants.values()))

    def network(self) -> None:
        """Add the layers, the window after the first of them, and the mixture."""
        file = self.model.file
        shape = file.shape
        text = bool(shape.gaussians)
        scale, shift = self.number("std", [*file.normalisation.std, 1]), [*file.normalisation.mean, 0]
        row = self.op("Div", self.op("Sub", "point", self.number("mean", shift)), scale)
        window = "window"
        hs, cs = self.split("h", 0, [1] * shape.layers), self.split("c", 0, [1] * shape.layers)
        below: list[str] = []
        tops, cells = [], []
        for layer in range(shape.layers):
            parts = [*below, *([window] if text else []), *([row] if layer == 0 or shape.skip else [])]
            read = self.op("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]
            h, c = self.lstm(layer, read, hs[layer], cs[layer])
            tops.append(h)
            cells.append(c)
            below = [self.op("Squeeze", h, self.whole([0]))]
            if layer == 0:
                first = below[0]
                if text:
                    window = self.window(first)
            hs[layer] = below[0]
        self.op("Concat", *tops, axis=0, out="h_next")
        self.op("Concat", *cells, axis=0, out="c_next")
        top = self.op("Concat", *hs, axis=1) if shape.skip and len(hs) > 1 else hs[-1]
        self.mixture(self.affine("output", top))

    def lstm(self, layer: int, read: str, h: str, c: str) -> tuple[str, str]:
        """Add an LSTM layer that reads (N, inputs) and its state (1, N, hidden); return the new h and c."""
        file = self.model.file
        weight = file.tensors[f"lstm.{layer}.input"]
        bias = file.tensors[f"lstm.{layer}.bias"].astype(np.float64)
        if sources := file.shape.sources * (layer == 0 or file.shape.skip):
            # what the network is told of its sources never changes: a part of the bias
            bias = bias + weight[:, -sources:].astype(np.float64) @ self.model.told
            weight = weight[:, :-sources]
        names = [
            self.number(f"lstm.{layer}.{part}", _gates(matrix)[None])
            for part, matrix in (
                ("input", weight),
                ("recurrent", file.tensors[f"lstm.{layer}.recurrent"]),
            )
        ]
        both = np.concatenate([_gates(bias[:, None])[:, 0], np.zeros(len(bias))])  # ONNX adds two biases
        names.append(self.number(f"lstm.{layer}.bias", both[None]))
        sequence = self.op("Unsqueeze", read, self.whole([0]))  # of one step
        out = f"h.{layer}", f"c.{layer}"
        self.node("LSTM", [sequence, *names, "", h, c], ["", *out], hidden_size=file.shape.hidden)
        return out

    def window(self, first: str) -> str:
        """Add the window over the text, which reads the first layer's output; return its vector."""
        from onnx import TensorProto

        k, characters = self.model.file.shape.gaussians, self.model.file.shape.characters
        raw = self.op("Min", self.affine("window", first), self.number("window.most", WINDOW_MAX))
        alpha, beta, step = self.split(raw, 1, [k] * 3)
        self.op("Add", "kappa", self.op("Exp", step), out="kappa_next")
        # positions 1 … U, and that after the last: (U + 1,)
        length = self.op("Gather", self.op("Shape", "text"), self.whole(1))
        stop = self.op("Cast", self.op("Add", length, self.whole(2)), to=TensorProto.FLOAT)
        one = self.number("one", 1)
        places = self.op("Range", one, stop, one)
        axis = self.whole([2])
        away = self.op("Sub", self.op("Unsqueeze", "kappa_next", axis), places)  # (N, K, U + 1)
        narrow = self.op("Unsqueeze", self.op("Exp", beta), axis)
        exponents = self.op(
            "Sub", self.op("Unsqueeze", alpha, axis), self.op("Mul", narrow, self.op("Mul", away, away))
        )
        terms = self.op("Exp", self.op("Max", exponents, self.number("window.least", WINDOW_MIN)))
        phi = self.op("ReduceSum", terms, self.whole([1]), keepdims=0)  # (N, U + 1)
        written = self.op("GreaterOrEqual", "text", self.add("zero", np.int32(0)))
        ends = self.op("ReduceSum", self.op("Cast", written, to=TensorProto.FLOAT), self.whole([1]))
        after = self.op("Add", ends, one)  # (N, 1) the position after the last character, from 1
        within = self.op("Cast", self.op("LessOrEqual", places, after), to=TensorProto.FLOAT)
        phi = self.op("Mul", phi, within)
        # no character, as padding has, is a row of zeros
        codes = self.add("codes", np.arange(characters, dtype=np.int32))
        onehot = self.op("Equal", self.op("Unsqueeze", "text", axis), codes)
        onehot = self.op("Cast", onehot, to=TensorProto.FLOAT)  # (N, U, characters)
        on_text = self.op("Slice", phi, self.whole([0]), self.whole([-1]), self.whole([1]))
        weighed = self.op("MatMul", self.op("Unsqueeze", on_text, self.whole([1])), onehot)
        self.op("Squeeze", weighed, self.whole([1]), out="window_next")
        # far beyond the end all exponents are at their bound, and no position has the most weight
        passed = self.op("Greater", self.op("ReduceMin", "kappa_next", axes=[1]), after)
        most = self.op("Cast", self.op("ArgMax", phi, axis=1), to=TensorProto.FLOAT)
        place = self.op("Squeeze", self.op("Where", passed, ends, most), self.whole([1]))
        self.op("Cast", place, to=TensorProto.INT32, out="position")
        return "window_next"

    def mixture(self, raw: str) -> None:
        """Add the mixture's parameters (Graves 2013, eqs 18-22, 61, 62), in the units of ink."""
        m, norm = self.model.file.shape.mixtures, self.model.file.normalisation
        eos, pi, mu, sigma, rho = self.split(raw, 1, [1, m, 2 * m, 2 * m, m])
        std = self.number("std.xy", norm.std)
        self.op("Squeeze", self.op("Sigmoid", eos), self.whole([1]), out="eos")
        sharper = self.op("Add", self.number("one", 1), "bias")
        self.op("Softmax", self.op("Mul", pi, sharper), axis=1, out="pi")
        means = self.op("Mul", self.pairs(mu), std)
        self.op("Add", means, self.number("mean.xy", norm.mean), out="mu")
        bounded = self.op("Min", self.pairs(sigma), self.number("sigma.most", LOG_SIGMA_MAX))
        spread = self.op("Mul", self.op("Exp", self.op("Sub", bounded, "bias")), std)
        least = np.multiply(norm.sigma_min, norm.std)
        self.op("Add", spread, self.number("sigma.least", least), out="sigma")
        self.op("Mul", self.op("Tanh", rho), self.number("rho.most", RHO_MAX), out="rho")

    def pairs(self, name: str) -> str:
        """Turn (N, 2 m), all x before all y, into (N, m, 2)."""
        m = self.model.file.shape.mixtures
        return self.op("Transpose", self.op("Reshape", name, self.whole([0, 2, m])), perm=[0, 2, 1])

    def affine(self, name: str, read: str) -> str:
        """Add the product of `read` with the weight called `name`, and its bias."""
        tensors = self.model.file.tensors
        weight, bias = (
            self.number(f"{name}.{part}", tensors[f"{name}.{part}"]) for part in ("weight", "bias")
        )
        return self.op("Gemm", read, weight, bias, transB=1)

    def split(self, name: str, axis: int, sizes: list[int]) -> list[str]:
        """Add a split of `name` into parts of these sizes."""
        out = [f"{name}.part{k}" for k in range(len(sizes))]
        self.node("Split", [name, self.whole(sizes)], out, axis=axis)
        return out

    def op(self, kind: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """Add a node with one result, called `out`; return its name."""
        name = out or f"{kind}.{len(self.nodes)}"
        self.node(kind, list(inputs), [name], **attributes)
        return name

    def node(self, kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))

    def number(self, name: str, value: Any) -> str:
        """Add a constant in float32."""
        return self.add(name, np.asarray(value, np.float32))

    def whole(self, value: int | list[int]) -> str:
        """Add whole numbers, for the axes and sizes of operators."""
        return self.add(f"whole.{json.dumps(value)}", np.asarray(value, np.int64))

    def add(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name


def _unicode(text: str) -> str:
    """Return `text` without what is not Unicode, such as a file's name in another encoding."""
    return text.encode("utf-8", "replace").decode()


def _gates(matrix: Array) -> Array:
    """Return rows for the gates i, f, g, o in ONNX's order: i, o, f, g."""
    i, f, g, o = np.split(matrix, 4)
    return np.concatenate([i, o, f, g])
