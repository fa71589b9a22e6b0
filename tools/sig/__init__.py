"""The generator of the SIG catalogue: the SIG's data in, committed modules of facts out (``python3 -m tools.sig``)."""
