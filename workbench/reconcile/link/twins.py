"""Records of one side that seem to be one client twice: a link to either is for a person to choose.

Two records of one system are weighed against each other as two records of two systems are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.reconcile.link.blocking import Keys, pairs_within
from workbench.reconcile.link.evidence import GONE, weigh
from workbench.reconcile.link.prepared import Codes, Prepared, texts
from workbench.reconcile.link.rarity import Rarity

TWIN_AT: Final = 5.0
# By how many bits each of two namesakes must be surer of its own counterpart than of the other's.
OWN_MARGIN: Final = 6.0
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Twins:
    """Which records of one side seem to be one client.

    Parameters
    ----------
    one, other : array of int
        Row numbers of each pair of twins, both ways round, where the first lives or both are gone.
    outlived : array of bool
        Which records are archived, discarded or deleted while a twin lives.
    """

    one: Codes
    other: Codes
    outlived: Flags

    def doubted(self, own: Flags) -> Flags:
        """Tell which records a person must look at.

        Parameters
        ----------
        own : array of bool
            Which records surely have a counterpart of their own: two such namesakes are two clients.
        """
        result = self.outlived.copy()
        result[self.one[~(own[self.one] & own[self.other])]] = True
        return result


def twins_of(both: Prepared, keys: Keys, rare: Rarity) -> tuple[Twins, Twins]:
    """Find the records of each side that seem to stand twice there.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    keys : dict of str to Values
        By what records can meet.
    rare : Rarity
        How common names are.
    """
    return (
        _twins(both.within_left(), {kind: values.within_left() for kind, values in keys.items()}, rare),
        _twins(both.within_right(), {kind: values.within_right() for kind, values in keys.items()}, rare),
    )


def _twins(side: Prepared, keys: Keys, rare: Rarity) -> Twins:
    evidence = weigh(side, pairs_within(keys), rare)
    # A twin is one client in two states, so the states say nothing against it; two types do.
    alike = evidence.weights - evidence.bits["lifecycle"] >= TWIN_AT
    alike &= evidence.bits["entity_type"] >= 0
    one = np.concatenate([evidence.left[alike], evidence.right[alike]])
    other = np.concatenate([evidence.right[alike], evidence.left[alike]])
    gone = np.array([state in GONE for state in texts(side.left, "lifecycle")], dtype=bool)
    # A contact beside an archived client may be kept for another reason than to replace it.
    contact = np.array([nature == "contact" for nature in texts(side.left, "nature")], dtype=bool)
    outlived = np.zeros(len(gone), dtype=bool)
    outlived[one[gone[one] & ~gone[other]]] = True
    rivals = gone[one] | ~gone[other] | contact[one]
    return Twins(one[rivals], other[rivals], outlived)
