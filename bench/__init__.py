"""How fast Portvakt is: each figure a ratio to a floor that is measured in the same run on the same machine.

`./deploy/bench` runs it. A figure is one file in `figures/` and one line in `registry.py`. Nothing here is an
assertion: a slow machine is slow on both sides of a ratio.
"""
