"""A person's own pages: my systems, my sessions, my security, and the way out."""
