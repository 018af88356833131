"""Slips of the keyboard, and values that nobody could take for one."""

from collections.abc import Callable

from .dice import Dice


def swap_neighbours(dice: Dice, text: str) -> str:
    """Swap two unlike neighbours, as hurried fingers do."""
    places = [i for i in range(1, len(text) - 1) if text[i].isalnum() and text[i + 1].isalnum()]
    places = [i for i in places if text[i].lower() != text[i + 1].lower()]
    if not places:
        return text + "e"
    at = dice.pick(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def change_digit(dice: Dice, text: str) -> str:
    """Change the last-but-one digit, so that a phone stays in the range kept for fiction."""
    at = [i for i, letter in enumerate(text) if letter.isdigit()][-2]
    return text[:at] + str((int(text[at]) + dice.number(1, 9)) % 10) + text[at + 1 :]


def swap_last_two(value: str) -> str:
    """Swap the last two digits; where they are equal, make them differ."""
    return value[-1] + value[-2] if value[-1] != value[-2] else value[-1] + str((int(value[-2]) + 1) % 10)


def unmistaken(value: str, old: str, another: Callable[[str], str]) -> str:
    """Give a value in place of an old one that is neither it nor a slip of it: nobody could see which it is.

    Parameters
    ----------
    value, old : str
        The one that was drawn, and the one it stands for.
    another : callable
        Gives the next value to try. It draws nothing, so that all else in the firm stays as it is.
    """
    while value == old or is_slip(value, old):
        value = another(value)
    return value


def is_slip(one: str, other: str) -> bool:
    """Tell whether one sign wrong, missing or too many, or two neighbours swapped, lies between two texts."""
    size = min(len(one), len(other))
    start = next((i for i in range(size) if one[i] != other[i]), size)
    end = next((i for i in range(size - start) if one[-1 - i] != other[-1 - i]), size - start)
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    swapped = len(left) == 2 and left == right[::-1]
    return one != other and (swapped or max(len(left), len(right)) == 1)
