"""Single measurements: `python -m benchmarks.steps.<name>` in the environment of an instance.

The last line of standard output is one JSON object.
"""
