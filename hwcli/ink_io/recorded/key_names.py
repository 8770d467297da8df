"""Names that programs give to what belongs to ink: its points, its text, who wrote it."""

from __future__ import annotations

X = ("x", "xs", "px", "posx", "pos_x", "x_pos", "coord_x", "x_coord", "xcoord", "clientx", "pagex", "offsetx")
Y = ("y", "ys", "py", "posy", "pos_y", "y_pos", "coord_y", "y_coord", "ycoord", "clienty", "pagey", "offsety")
TIME = (
    "t",
    "ts",
    "time",
    "times",
    "timestamp",
    "timestamps",
    "timestamp_ms",
    "time_ms",
    "ms",
    "milliseconds",
)
PRESSURE = ("pressure", "pressures", "p", "force", "forces", "f", "prs")
TEXT = (
    "text", "transcription", "transcript", "label", "word", "gt", "ground_truth", "groundtruth", "sentence",
    "value", "truth", "annotation", "content", "phrase", "string", "prompt", "line_text",
)  # fmt: skip
ID = ("id", "key_id", "uuid", "uid", "name", "line_id", "lineid", "line_no", "line", "sample_id", "sample",
      "ink_id", "ink", "word_id", "example")  # fmt: skip
WRITER = ("writer", "writer_id", "writerid", "author", "user", "user_id", "userid", "subject", "participant")
STROKES = (
    "strokes", "paths", "lines", "ink", "data", "drawing", "traces", "trace", "segments", "curves",
    "stroke_data", "strokedata", "raw", "raw_data",
)  # fmt: skip
POINTS = ("points", "pts", "coords", "coordinates", "path", "samples", "stroke", "trace", "data")
STROKE = (
    "stroke", "stroke_id", "strokeid", "stroke_no", "stroke_number", "strokenumber", "stroke_index",
    "strokeindex", "strokenr", "path", "path_id", "segment", "trace", "trace_id", "s",
)  # fmt: skip
PEN_DOWN = ("pen_down", "pendown", "down", "is_down", "isdown", "contact", "touching", "pen", "pen_state",
            "penstate", "state", "button", "buttons")  # fmt: skip
LIFT = ("eos", "end_of_stroke", "pen_lift", "penlift", "lift", "pen_up", "penup", "is_end", "end", "up")
EVENT = ("type", "event", "event_type", "eventtype", "action", "phase")
