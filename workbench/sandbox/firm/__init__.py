"""Invented firms: the demo firm and firms of any size, with the truth about what belongs together."""

from .demo import demo_firm
from .files import read, write
from .firm import Firm
from .stream import Recipe, stream

__all__ = ["Firm", "Recipe", "demo_firm", "read", "stream", "write"]
