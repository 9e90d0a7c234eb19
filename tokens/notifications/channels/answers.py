"""How an attempt to tell a channel ended, in words that pages can explain."""

from dataclasses import dataclass

#: What each word means on pages.
PROBLEMS = {
    "status": "it answered with an error",
    "not_accepted": "it did not take the message",
    "timeout": "it did not answer in time",
    "refused": "the connection was refused",
    "reset": "the connection broke off",
    "tls": "its certificate could not be verified",
    "dns": "its name could not be found",
    "address": "it leads into a network that is not allowed",
    "protocol": "it did not answer properly",
    "truncated": "its answer broke off",
    "internal": "something went wrong here; the worker's log names it",
    "unreadable": "its address cannot be opened with the keys of this installation",
    "not_usable": "its address is not one that can be used",
    "not_written": "this message could not be written; the worker's log says why",
    "courier": "the process that sends messages failed",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`problem` is empty where it was accepted; `status` the last HTTP status, where there was one.

    A word that nobody foresaw is shown as it is.
    """

    problem: str = ""
    status: int | None = None

    @property
    def accepted(self) -> bool:
        return not self.problem


def in_words(problem: str, status: int | None) -> str:
    """The problem for people: "it answered with an error (503)"."""
    if not problem:
        return ""
    said = PROBLEMS.get(problem, problem)
    return f"{said} ({status})" if status else said
