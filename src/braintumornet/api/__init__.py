"""The front door: the nouns of the house with what can be done with them, for notebooks and for the commands.

Their names are found in `braintumornet` itself; nothing stands above but the command line.
"""
