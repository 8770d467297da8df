"""Tests of hwcli run torch on one thread: they are small, and others may be at work on the machine."""

import torch

torch.set_num_threads(1)
