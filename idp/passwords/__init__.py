"""Whether a new local password may be taken: how hard it is to guess, and whether it has leaked before."""
