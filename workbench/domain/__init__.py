"""The words: fields, frame shapes, records, settings and errors. Imports nothing of ours."""
