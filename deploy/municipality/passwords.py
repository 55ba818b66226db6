"""Everyone's own password, derived from the seed, and its hash as slapd keeps it.

Owns the words. The hash is {SSHA}: slapd's own default, and cheap enough for a million entries.
These people do not exist; nobody's real password is made here.
"""

import base64
import hashlib
import hmac

from deploy.municipality.word_lists import words

WORDS = words(
    """
ankare bastu biskop blixt blomma bokhylla bromsa buske cykel dagg dimma docka drake droppe duva ekorre eldstad
fackla fiol fjord flagga flotte fluga fönster galopp gardin gitarr glada gnista grevinna gryning gunga hallon
hammock harpa hasselmus havtorn hermelin hjortron humla igelkott jordgubbe kajuta kanel kantarell kastanj kajak
klocka kobolt korall koster krita kvarn kvast lavendel linneduk lupin lykta mandel masugn mejram mossa myrten
oktav orkan paraply pensel persilja pimpinell plommon raket regnrock ringblomma rosmarin rotmos saffran sandal
segling siden skatbo skiffer skogsbryn smultron snigel solros spade stenmur stigbygel storm svala syren tallkotte
timjan tistel tofsvipa trasmatta trumpet turkos ugglebo vallmo vattenfall vide viol vindruva vitsippa ylletröja
"""
)
_PLAIN = str.maketrans("åäö", "aao")


def password_of(seed: str, key: str) -> str:
    """Two words and four digits, for example Kastanj-viol-4821; the same each time."""
    digest = hmac.digest(seed.encode(), f"password/{key}".encode(), hashlib.sha256)
    first, further, number = (int.from_bytes(digest[i : i + 4], "big") for i in (0, 4, 8))
    # Never the same word twice.
    second = first + 1 + further % (len(WORDS) - 1)
    one, other = WORDS[first % len(WORDS)].capitalize(), WORDS[second % len(WORDS)]
    return f"{one}-{other}-{number % 9000 + 1000}".translate(_PLAIN)


def salted_sha1(password: str, salt_from: bytes) -> str:
    """{SSHA}: base64 of SHA-1 over password and salt, then the salt; the salt is derived too."""
    salt = hashlib.sha256(salt_from).digest()[:8]
    digest = hashlib.sha1(password.encode() + salt, usedforsecurity=False).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()
