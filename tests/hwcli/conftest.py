"""Tests of hwcli run PyTorch on one thread: they are small, and other programs may be using the cores.

PyTorch reads the variable when it is first imported, so tests that do without PyTorch do not load it.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
