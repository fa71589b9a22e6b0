"""A Bluetooth laboratory without Bluetooth hardware: see README.md, or `python3 -m tests.lab --help`."""
