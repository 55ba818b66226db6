"""Other providers, in caches of their own under bench/results: installed when they are missing and can be had."""
