"""The flags of hw sample."""

from hwcli.cli.sample_flags import SampleFlags
from hwcli.sampling.options import SampleOptions


def test_tries_has_the_default_of_the_api():
    """The number stands in both: the flags are read at every start, and the options import NumPy."""
    assert SampleFlags().tries == SampleOptions().tries
