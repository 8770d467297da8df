"""A few damaged files of every format, the same ones each time; mutation_run.py has more."""

from mutation_run import FORMATS, run, summary


def test_damaged_files_give_no_fault_hang_or_excess_of_memory():
    tally = run([one.name for one in FORMATS], count=25, seed=0, workers=2)
    assert tally.troubles == [], summary(tally)
    assert set(tally.counts.values()) == {25}
    assert sum(tally.refused.values()) > 5 * len(FORMATS)  # they are damaged indeed
