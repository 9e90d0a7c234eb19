"""What can go wrong with handing a mail over, each in one word that pages can explain."""

import logging
import smtplib
import ssl

log = logging.getLogger(__name__)

# After these the mail may have been accepted all the same. Nothing may join such a mail, since a
# mailbox drops a second one with the same Message-ID.
BROKEN_OFF = "broken_off"
TIMED_OUT = "timed_out"
IN_DOUBT = (BROKEN_OFF, TIMED_OUT)

#: What each word means on pages.
PROBLEMS = {
    "no_connection": "the mail server cannot be reached",
    "no_encryption": "the mail server offers no safe encryption",
    "sign_in_refused": "the mail server refuses our sign-in",
    "sender_refused": "the mail server refuses our sender address",
    "address_refused": "the mail server refuses this address",
    "address_invalid": "this is no address that a mail can be sent to",
    "try_later": "the mail server says: try later",
    "content_refused": "the mail server refuses this mail",
    BROKEN_OFF: "the mail server broke off",
    TIMED_OUT: "the mail server did not answer in time",
    "not_accepted": "the mail was not accepted",
    "not_written": "this mail could not be written",
}


class Undelivered(Exception):
    """The server did not accept. `problem` is one of the words of `PROBLEMS`.

    refused: it refused this address for good. hung_up: the connection is of no more use.
    """

    def __init__(self, problem: str, *, refused: bool = False, hung_up: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.refused = refused
        self.hung_up = hung_up


def connecting(error: Exception) -> str:
    """One word for what kept us from a usable connection."""
    # Plain SMTPException: no way to sign in that both sides know.
    if isinstance(error, smtplib.SMTPAuthenticationError) or type(error) is smtplib.SMTPException:
        return "sign_in_refused"
    if isinstance(error, smtplib.SMTPNotSupportedError) and "AUTH" in str(error):
        return "sign_in_refused"
    if isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError):
        return "no_encryption"
    if isinstance(error, smtplib.SMTPResponseException) and not isinstance(
        error, smtplib.SMTPConnectError | smtplib.SMTPHeloError
    ):
        return "no_encryption"  # what is left is the answer to STARTTLS
    if not isinstance(error, OSError):
        log.error("mail: connecting failed with %s", type(error).__name__)
    return "no_connection"


def sending(error: Exception) -> Undelivered:
    """What became of one mail. Only the server's own word about the address counts as refused."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        if codes and all(500 <= code < 600 for code in codes):
            return Undelivered("address_refused", refused=True)
        return Undelivered("try_later", hung_up=421 in codes)
    if isinstance(error, smtplib.SMTPSenderRefused):
        word = "sender_refused" if error.smtp_code >= 500 else "try_later"
        return Undelivered(word, hung_up=error.smtp_code == 421)
    if isinstance(error, smtplib.SMTPResponseException):
        word = "content_refused" if error.smtp_code >= 500 else "try_later"
        return Undelivered(word, hung_up=error.smtp_code == 421)
    if isinstance(error, TimeoutError):
        return Undelivered(TIMED_OUT, hung_up=True)
    if isinstance(error, smtplib.SMTPNotSupportedError | ValueError):
        return Undelivered("address_invalid", refused=True)
    if not isinstance(error, OSError):
        log.error("mail: handing over failed with %s", type(error).__name__)
    return Undelivered(BROKEN_OFF, hung_up=True)
