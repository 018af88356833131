"""Words that addresses are made of in New Zealand and Australia, folded, each with its full form.

Forms after New Zealand Post's and Australia Post's addressing rules, widened by what offices type.
"""

from __future__ import annotations

from typing import Final


def _full_forms(table: str) -> dict[str, str]:
    """Read lines of “full: short short …” into one mapping; a full form stands for itself."""
    forms: dict[str, str] = {}
    for line in table.strip().splitlines():
        full, _, shorts = line.strip().partition(":")
        forms.update(dict.fromkeys([full, *shorts.split()], full))
    return forms


# Words that end a street's name wherever they stand.
STREET_TYPES: Final = _full_forms(
    """
    avenue: ave av aven
    boulevard: blvd bvd boul bld blv
    circuit: cct circt
    close: cl cls
    court: ct crt
    crescent: cres cr crs crsc
    drive: dr drv dve
    esplanade: esp espl
    highway: hwy hway
    lane: ln
    parade: pde
    place: pl plc
    road: rd
    street: st str
    terrace: tce terr ter trc
    """
)
# Words that end a street's name where no stronger one does.
WEAK_STREET_TYPES: Final = _full_forms(
    """
    alley: aly
    approach: app
    arcade: arc
    bend:
    circle: cir
    common: cmmn
    cove:
    crossing: crsg xing
    dale:
    downs:
    garden: gdn
    gardens: gdns
    glade: gld
    glen: gln
    green: grn
    grove: gr grv gve gro
    heights: hts
    hill:
    junction: jnc jctn
    key:
    landing: ldg
    loop: lp
    mall:
    mews: mws
    motorway: mwy
    parkway: pkwy pwy
    path:
    promenade: prom
    quay: qy
    ridge: rdge
    rise: rse
    row:
    square: sq
    steps:
    strand: strnd
    track: trk
    vale:
    view: vw
    views: vws
    walk: wlk wk
    way: wy
    wharf: whrf
    """
)
# Words that are spelled out wherever they stand.
WORDS: Final = _full_forms(
    """
    mount: mt mnt
    point: pt
    north: nth
    park: pk
    south: sth
    lower: lwr
    upper: upr
    great: gt
    corner: cnr
    building: bldg
    center: centre ctr cntr
    and: &
    auckland: akl akld auck
    wellington: wgtn wlg wgn
    christchurch: chch
    dunedin: dn dun
    hamilton: hamiltn
    melbourne: melb
    sydney: syd
    brisbane: bris
    whanganui: wanganui
    remutaka: rimutaka
    whakatipu: wakatipu
    """
)
DIRECTIONS: Final = {
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
    "north": "north",
    "south": "south",
    "east": "east",
    "west": "west",
    "nth": "north",
    "sth": "south",
    "upper": "upper",
    "lower": "lower",
    "extension": "extension",
    "extn": "extension",
    "ext": "extension",
}
STATES: Final = {
    "new south wales": "NSW",
    "nsw": "NSW",
    "n.s.w": "NSW",
    "n.s.w.": "NSW",
    "victoria": "VIC",
    "vic": "VIC",
    "vic.": "VIC",
    "queensland": "QLD",
    "qld": "QLD",
    "qld.": "QLD",
    "south australia": "SA",
    "sa": "SA",
    "s.a": "SA",
    "s.a.": "SA",
    "western australia": "WA",
    "wa": "WA",
    "w.a": "WA",
    "w.a.": "WA",
    "tasmania": "TAS",
    "tas": "TAS",
    "tas.": "TAS",
    "northern territory": "NT",
    "nt": "NT",
    "n.t": "NT",
    "n.t.": "NT",
    "australian capital territory": "ACT",
    "act": "ACT",
    "a.c.t": "ACT",
    "a.c.t.": "ACT",
}
COUNTRIES: Final = {
    "new zealand": "NZ",
    "nz": "NZ",
    "n.z": "NZ",
    "n.z.": "NZ",
    "nzl": "NZ",
    "aotearoa": "NZ",
    "aotearoa new zealand": "NZ",
    "new zealand aotearoa": "NZ",
    "aotearoa/new zealand": "NZ",
    "australia": "AU",
    "au": "AU",
    "aus": "AU",
    "aust": "AU",
    "united kingdom": "GB",
    "uk": "GB",
    "gb": "GB",
    "great britain": "GB",
    "united states": "US",
    "united states of america": "US",
    "usa": "US",
    "us": "US",
}
# New Zealand's regions that are no town, too: behind a place, each says where it is.
REGIONS: Final = frozenset(
    (
        "northland",
        "waikato",
        "bay of plenty",
        "hawke's bay",
        "hawkes bay",
        "taranaki",
        "manawatu",
        "wairarapa",
        "marlborough",
        "west coast",
        "canterbury",
        "otago",
        "southland",
    )
)
# Words that make another place of the one behind them.
QUALIFIERS: Final = frozenset(
    (
        "north",
        "south",
        "east",
        "west",
        "upper",
        "lower",
        "new",
        "old",
        "mount",
        "port",
        "point",
        "lake",
        "saint",
    )
)
# Box words to their one form; a box and a bag are two things.
BOXES: Final = {
    "pobox": "po box",
    "postofficebox": "po box",
    "box": "po box",
    "gpobox": "gpo box",
    "privatebag": "private bag",
    "pvtbag": "private bag",
    "pvtebag": "private bag",
    "pbag": "private bag",
    "p/bag": "private bag",
    "pb": "private bag",
    "lockedbag": "locked bag",
    "lockedmailbag": "locked bag",
    "postalbox": "po box",
}
POINTERS: Final = frozenset(
    (
        "as above",
        "above",
        "same",
        "same as above",
        "as below",
        "ditto",
        "as per above",
        "see above",
        "refer above",
        "same address",
        "as physical",
        "as postal",
        "same as postal",
        "same as physical",
        "same as street",
        "see postal",
        "see physical",
        "as per postal",
        "as per physical",
        "same as postal address",
        "same as physical address",
        "same as street address",
        "same as residential",
        "as postal address",
        "as physical address",
        "see postal address",
        "see physical address",
        "as per postal address",
        "as per physical address",
        "same as home",
        "as xpm",
        "see notes",
    )
)
