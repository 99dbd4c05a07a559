"""Files that make something come back once they are deployed: units, crontabs, plists, tasks, registry files.

They are data: that such a file lies in a repository is no proof that anybody installs it (``Persist.latent``). What it
runs is analyzed like any other command.
"""
