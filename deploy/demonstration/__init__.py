"""The demo: two systems that rely on Portvakt, a front proxy, a start page, and what starts them all."""
