"""What people see: sign-in, the portal and the administration. Pages render; they decide nothing.

Each endpoint parses, runs one use case of the domain in a worker thread, and renders its result.
"""
