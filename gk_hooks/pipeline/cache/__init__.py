"""The effects cache: what was found in a file's bytes, remembered by their hash for every mode and repository.

It holds nothing that a scan would not find again, and a scan gives the same report with it, without it, and with one
that is damaged. See folder (where), engine (for which version of gk), codec (in what form) and store.
"""
