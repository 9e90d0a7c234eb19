"""Asking Coolset about stored secrets: claim in a short transaction, probe outside it, record.

A claim carries its deadline. When its worker dies, the deadline passes and the next sweep claims
the secret again; what the dead worker may have asked is counted as our own calls all the same.
"""
