"""Simulation of colour blindness."""

from __future__ import annotations

import numpy as np

# Matrices on linear sRGB for normal, red-, green- and blue-blind eyes: Machado, Oliveira and Fernandes 2009,
# severity 1.0.
BLIND = [
    np.eye(3),
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
]
