"""From what the user named to a job, to findings, to a report, to an evidence packet."""
