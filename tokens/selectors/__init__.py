"""Read queries shared by pages, API, commands and export: plain data out, no model instances.

Every selector takes the rules in force and `now`; the clock is read at the edges alone.
"""
