"""What is on its way in, sealed for its own row and for an hour at most.

A page seals an upload or a pasted token at once and can never read it back; the worker opens it,
says what it found, and stores what a person then confirmed.
"""
