"""A short, seeded mutation run over the files that hw itself writes."""

import mutation_run
import stored_formats


def test_damage_to_stored_files_is_never_a_fault_a_hang_or_excess():
    names = [one.name for one in stored_formats.FORMATS if one.name != "run"]
    tally = mutation_run.run(names, count=40, seed=0)
    tally.troubles += mutation_run.run(["run"], count=6, seed=0).troubles  # each resumes a run
    assert tally.troubles == []
    for name in names:
        assert tally.counts[name] == 40
        assert tally.refused[name] > 0, name
