"""One file per figure of shared/bar.md. Each has `run(bench)`, which yields lines of the table."""
