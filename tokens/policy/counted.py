"""What is counted for whoever is on call, as words of a closed vocabulary."""

from enum import StrEnum


class Counted(StrEnum):
    """The label of each counter says of which kind."""

    CHECKED = "checked"  # by outcome
    NOT_RECORDED = "not_recorded"
    SWEEPS = "sweeps"  # "done", or "stopped" before its end
    SWEEP_MILLISECONDS = "sweep_ms"
    TASKS_DONE = "tasks_done"  # by task
    TASKS_FAILED = "tasks_failed"  # by task
    LET_GO = "let_go"  # by what it was
