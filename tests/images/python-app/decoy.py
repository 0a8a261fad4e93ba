"""Credentials of the right shape that belong to nobody, made anew from a word.

    python3 decoy.py github-token WORD

No value stands in the repository whole, so nothing that looks for leaked credentials stumbles
over it there; what a checksum protects has the right one (GitHub: CRC-32 of the thirty characters,
in base 62, six digits).
"""

import hashlib
import sys
import zlib

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def letters(word, count, alphabet):
    seed = int.from_bytes(hashlib.sha512(word.encode()).digest(), "big")
    return base(seed, alphabet)[-count:]


def base(number, alphabet):
    text = ""
    while number:
        number, digit = divmod(number, len(alphabet))
        text = alphabet[digit] + text
    return text


def github_token(word):
    body = letters(word, 30, DIGITS)
    return "gh" + "p_" + body + base(zlib.crc32(body.encode()), DIGITS).rjust(6, "0")


def aws_access_key(word):
    return "AK" + "IA" + letters(word, 16, BASE32)


def aws_secret_access_key(word):
    return letters(word, 40, DIGITS + "+/")


def stripe_key(word):
    return "sk_" + "live_" + letters(word, 24, DIGITS)


if __name__ == "__main__":
    kind, word = sys.argv[1:]
    print(globals()[kind.replace("-", "_")](word))
