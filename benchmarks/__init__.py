"""Benchmarks: every figure of shared/bar.md, as a ratio taken side by side in one run.

`make bench` (`python -m benchmarks`) prints one table and exits 1 when a goal is missed.
`python -m benchmarks sweep pages` runs some of the figures, BENCH_SCALE=small a quick pass whose
ratios say little. BENCH_POSTGRES (postgres://root@127.0.0.1:5432/postgres) and BENCH_REDIS
(redis://127.0.0.1:6379/15) are the servers; a database of its own is made and dropped again.
"""
