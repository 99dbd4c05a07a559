"""``python3 -m mcen_scan``: the scanner by its other name."""
