"""An independent judge: Wireshark's dissector reads what we encode."""
