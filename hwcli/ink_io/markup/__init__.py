"""Ink formats that are XML: InkML, SVG, Xournal."""
