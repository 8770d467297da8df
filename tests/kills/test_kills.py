"""A few kills at random moments; kill_run.py has many."""

import random

import pytest

from kills import PreprocessKills, TrainingKills


@pytest.mark.parametrize(("kills", "count"), [(PreprocessKills, 4), (TrainingKills, 2)])
def test_nothing_is_lost_and_nothing_left(tmp_path, kills, count):
    killed = kills(tmp_path)
    for seed in range(count):
        killed.one(random.Random(seed))
