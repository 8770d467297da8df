"""The page of the format html: its data, its template and its script in modules (*.mjs)."""
