"""The file of a reader, with a second network and without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hwcli.errors import HwError
from hwcli.model import container, reader_file
from hwcli.reader.load import load_reader


def test_a_file_keeps_both_networks(tmp_path):
    file, path = load_reader().file, tmp_path / "reader.safetensors"
    reader_file.write(path, file)
    again = reader_file.read(path)
    assert again.parameters == file.parameters
    for part in ("tensors", "pictures"):
        written, read = getattr(file, part), getattr(again, part)
        assert written.keys() == read.keys()
        for name in written:
            np.testing.assert_array_equal(written[name], read[name])
    reader_file.write(path, replace(file, pictures={}))
    assert not reader_file.read(path).pictures


def test_a_second_network_of_another_size_is_refused(tmp_path):
    file, path = load_reader().file, tmp_path / "reader.safetensors"
    for damaged in ({"output.bias": np.zeros(3, np.float32)}, {"more": np.zeros(3, np.float32)}):
        reader_file.write(path, replace(file, pictures={**file.pictures, **damaged}))
        with pytest.raises(HwError, match="weights do not match its header"):
            reader_file.read(path)
    header, tensors = container.load(path)
    infinite = {**tensors, "pictures.stem.bias": np.full(16, np.inf, np.float32)}
    del infinite["pictures.more"]
    container.save(path, {key: header[key] for key in header if key != "version"}, infinite)
    with pytest.raises(HwError, match="not finite"):
        reader_file.read(path)
