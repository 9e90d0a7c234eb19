"""Reading files, folders and git histories for values that look like tokens, or are ours.

The standard library and `tokens.policy` alone: the pre-commit hook runs this where nothing of ours
is installed. Who a value belongs to is asked through a function that is handed in.
"""
