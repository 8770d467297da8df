"""Reads ink as recorders and other programs write it: JSON, Quick, Draw!, and tables of points."""
