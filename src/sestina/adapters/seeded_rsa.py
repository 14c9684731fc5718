"""RSA keys out of a seed, so that a run that is repeated signs alike. Such a key is no secret."""

from functools import lru_cache
from math import gcd
from random import Random
from typing import Final

from sestina.adapters.rsa import EXPONENT, der_of

ROUNDS: Final = 8  # of Miller and Rabin's test; for random candidates of this size fewer would do
SMALL_PRIMES: Final = tuple(n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))


@lru_cache(maxsize=8)
def seeded_key(seed: int, bits: int) -> bytes:
    """The one private key of a seed and a length (PKCS #8)."""
    from cryptography.hazmat.primitives.asymmetric.rsa import (
        RSAPrivateNumbers,
        RSAPublicNumbers,
        rsa_crt_dmp1,
        rsa_crt_dmq1,
        rsa_crt_iqmp,
    )

    chance = Random(f"{seed}/{bits}")
    p, q = _prime(chance, bits // 2), _prime(chance, bits // 2)
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    numbers = RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa_crt_dmp1(d, p),
        dmq1=rsa_crt_dmq1(d, q),
        iqmp=rsa_crt_iqmp(p, q),
        public_numbers=RSAPublicNumbers(EXPONENT, p * q),
    )
    return der_of(numbers.private_key())


def _prime(chance: Random, bits: int) -> int:
    """A random prime whose two upper bits are set, so that the product of two has its full length."""
    while True:
        candidate = chance.getrandbits(bits) | 0b11 << (bits - 2) | 1
        if any(candidate % small == 0 for small in SMALL_PRIMES) or gcd(candidate - 1, EXPONENT) != 1:
            continue
        if _is_prime(candidate, chance):
            return candidate


def _is_prime(number: int, chance: Random) -> bool:
    """Miller and Rabin's test."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(number, chance.randrange(2, number - 1), odd, twos) for _ in range(ROUNDS))


def _passes(number: int, base: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = pow(power, 2, number)
        if power == number - 1:
            return True
    return False
