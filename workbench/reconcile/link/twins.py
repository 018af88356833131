"""Records of one side that seem to be one client twice: a link to either is for a person to choose.

Two records of one system are weighed against each other as two records of two systems are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from workbench.reconcile.link.blocking import Key, Pairs, pairs_within
from workbench.reconcile.link.codes import Codes, Flags
from workbench.reconcile.link.evidence import ONE_GONE, Evidence, weigh
from workbench.reconcile.link.prepared import IDENTIFIERS, TYPES, Prepared
from workbench.reconcile.link.rarity import Rarity

TWIN_AT: Final = 5.0
# By how many bits each of two namesakes must be surer of its own counterpart than of the other's.
OWN_MARGIN: Final = 6.0


@dataclass(frozen=True)
class Twins:
    """Which records of one side seem to be one client.

    Parameters
    ----------
    evidence : Evidence
        Of the pairs that seem to be.
    one, other : array of int
        The records of each such pair, both ways round, where the first lives or both are gone.
    outlived : array of bool
        Which records are archived, discarded or deleted while a twin lives.
    """

    evidence: Evidence
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


def twins_of(both: Prepared, keys: dict[str, Key], rare: Rarity) -> Twins:
    """Find the records that seem to stand twice on their side.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    keys : dict of str to Key
        By what records can meet.
    rare : Rarity
        How common names are.
    """
    sides = (False, True)
    found = [alike(both, pairs_within(both, keys, side), rare, side) for side in sides]
    return twins_among(Evidence.of(found), both.gone, both.said("nature", "contact"))


def twins_among(evidence: Evidence, gone: Flags, contact: Flags) -> Twins:
    """Tell what pairs of one side's records, which seem to be one client, mean for each of the two.

    Parameters
    ----------
    evidence : Evidence
        Of the pairs.
    gone, contact : array of bool
        Which records are archived, discarded or deleted, and which are contacts.
    """
    one = np.concatenate([evidence.left, evidence.right])
    other = np.concatenate([evidence.right, evidence.left])
    # A contact beside an archived client may be kept for another reason than to replace it.
    rivals = gone[one] | ~gone[other] | contact[one]
    outlived = np.zeros(len(gone), dtype=bool)
    outlived[one[gone[one] & ~gone[other]]] = True
    return Twins(evidence, one[rivals], other[rivals], outlived)


def alike(both: Prepared, pairs: Pairs, rare: Rarity, on_right: bool) -> Evidence:
    """Give those pairs of one side's records that seem to be one client.

    Parameters
    ----------
    both : Prepared
        Both sides' records.
    pairs : tuple of two arrays of int
        Records of that side.
    rare : Rarity
        How common names are.
    on_right : bool
        Which side.
    """
    evidence = weigh(both, pairs, rare, both.firm[on_right], TWIN_AT + ONE_GONE)
    # A twin is one client in two states, so the states say nothing against it; two types do.
    alike = evidence.weights - evidence.bits["lifecycle"] >= TWIN_AT
    alike &= (evidence.bits["entity_type"] >= 0) & ~_two_clients(both, evidence)
    return evidence.at(np.flatnonzero(alike))


def _two_clients(both: Prepared, evidence: Evidence) -> Flags:
    """Tell which records of one side are two clients of one name, as parent and child may be.

    Two systems may hold one client's old and new data; one system seldom holds both as two clients.
    """
    bits = evidence.bits
    person = both.types[evidence.left] == TYPES.index("individual")
    other_number = (bits["tax_last_three"] < 0) | (bits["tax_number"] < 0)
    told = (bits["tax_last_three"] > 0) | (bits["date_of_birth"] > 0)
    nothing_shared = person & (bits["email"] < 0) & (bits["phone"] < 0) & ~told
    one_number = np.any([bits[field] > 0 for field in IDENTIFIERS], axis=0)
    return (other_number | nothing_shared) & ~one_number
