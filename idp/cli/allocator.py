"""The C library's allocator, told once at start how this process uses memory. Knows nothing of who asks for it."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD of <malloc.h>
_MEBIBYTE = 1 << 20


def keep_blocks_for_hashes() -> None:
    """Let a block of up to 32 MiB stay with the thread that freed it, for its next one.

    Each password that is checked takes 19 MiB for a moment, and a block from the system comes as 4,900 page faults:
    7 ms beside the hash's 24. glibc learns that by itself, but only after the first of each size, and forgets it
    whenever a smaller block comes between; 32 MiB is the most it takes.
    """
    try:
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, 32 * _MEBIBYTE)
        library.mallopt(_TRIM_THRESHOLD, 24 * _MEBIBYTE)
    except (OSError, AttributeError):
        return  # another C library, with habits of its own
