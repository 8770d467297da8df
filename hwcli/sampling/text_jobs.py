"""Samples to draw of a list of texts."""

from __future__ import annotations

from hwcli.sampling.drafts import Job, Jobs


class TextJobs(Jobs):
    """Jobs of texts only: those without a target are left out, with their numbers."""

    def __next__(self) -> Job:
        while (job := super().__next__()).target is None:
            pass
        return job
