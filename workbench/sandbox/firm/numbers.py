"""Identifiers and phone numbers that cannot belong to anyone.

New Zealand tax numbers start with 9, which is outside the issued range; business numbers carry a wrong
check digit; phones use 555 or the ranges that the Australian regulator keeps for fiction. Australian tax
file numbers are never made at all.
"""

from collections.abc import Iterable

from .dice import Dice

AU_MOBILES = (
    "0491570006", "0491570156", "0491570157", "0491570158", "0491570159", "0491570110", "0491570313",
    "0491570737", "0491571266", "0491571491", "0491571804", "0491572549", "0491572665", "0491572983",
    "0491573770", "0491573087", "0491574118", "0491574632", "0491575254", "0491575789", "0491576398",
    "0491576801", "0491577426", "0491577644", "0491578957", "0491578148", "0491578888", "0491579212",
    "0491579760", "0491579455",
)  # fmt: skip
NZ_MOBILE_STARTS = ("021", "021", "027", "027", "022", "020", "029")


def tax_number(dice: Dice) -> str:
    """Give a nine-digit number in the New Zealand form, outside the issued range."""
    digits = dice.digits(8)
    return f"9{digits[:2]}-{digits[2:5]}-{digits[5:]}"


def nzbn(dice: Dice) -> str:
    """Give thirteen digits that look like a New Zealand Business Number but fail its check digit."""
    return _wrongly_checked(dice, "9429" + dice.digits(8))


def mistyped(dice: Dice, digits: str) -> str:
    """Give a number with another last digit, which fails its check digit too."""
    other = digits
    while other == digits:
        other = _wrongly_checked(dice, digits[:-1])
    return other


def _wrongly_checked(dice: Dice, body: str) -> str:
    """Add any last digit but the right one: of a business number, else of an Australian company number."""
    if len(body) == 12:
        weights: Iterable[int] = (1, 3) * 6
    else:
        weights = range(8, 0, -1)
    right = -sum(int(digit) * weight for digit, weight in zip(body, weights, strict=False)) % 10
    return body + str((right + dice.number(1, 9)) % 10)


def company_number(serial: int) -> str:
    """Give a company number of its own to each serial, above those that the register has reached."""
    return str(9_900_000 + serial * 7_919 % 100_000 if serial < 100_000 else 99_000_000 + serial)


def acn(dice: Dice) -> str:
    """Give nine digits that look like an Australian Company Number but fail its check digit."""
    digits = _wrongly_checked(dice, "9" + dice.digits(7))
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def abn(dice: Dice) -> str:
    """Give eleven digits that look like an Australian Business Number but fail its check."""
    body = "9" + dice.digits(8)
    weights = range(3, 21, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    for first in range(dice.number(10, 60), 100):
        check = (first // 10 - 1) * 10 + first % 10
        if (check + rest) % 89:
            break
    digits = f"{first}{body}"
    return f"{digits[:2]} {digits[2:5]} {digits[5:8]} {digits[8:]}"


def landline(dice: Dice, area: str, country: str) -> str:
    """Give a landline of the area that is kept for fiction, in its plain national form."""
    if country == "AU":
        return f"{area} {dice.pick(('5550', '7010'))} {dice.digits(4)}"
    return f"{area} 555 {dice.digits(4)}"


def mobile(dice: Dice, country: str) -> str:
    """Give a mobile that is kept for fiction, in its plain national form."""
    if country == "AU":
        return _spaced(dice.pick(AU_MOBILES))
    return f"{dice.pick(NZ_MOBILE_STARTS)} 555 {dice.digits(dice.pick((4, 4, 5)))}"


def next_of_kind(phone: str) -> str:
    """Give another phone of the same area, or again a mobile, that is kept for fiction too."""
    digits = phone.replace(" ", "")
    if digits in AU_MOBILES:
        return _spaced(AU_MOBILES[(AU_MOBILES.index(digits) + 1) % len(AU_MOBILES)])
    body, last = phone[:-4], int(phone[-4:])
    return f"{body}{(last + 1111) % 10_000:04}"


def _spaced(mobile: str) -> str:
    return f"{mobile[:4]} {mobile[4:7]} {mobile[7:]}"
