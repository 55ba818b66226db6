"""Portvakt, the product: accounts, sign-in, access, and the protocols that hand them out."""
