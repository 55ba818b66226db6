"""The C library's allocator, told once at start how this process uses memory. Knows nothing of who asks for it."""

import ctypes

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of <malloc.h>
_MEBIBYTE = 1 << 20


def give_back_large_blocks() -> None:
    """Let every block of a mebibyte or more go back to the system when it is freed.

    Each password that is checked takes 19 MiB for a moment. glibc learns from the first that such blocks come
    and go, and from then on keeps one for every thread that ever asked: 80 MiB after a minute of sign-ins.
    """
    try:
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _MEBIBYTE)
    except (OSError, AttributeError):
        return  # another C library, with habits of its own
