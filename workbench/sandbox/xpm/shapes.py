"""The shapes of XPM 3.1 objects: names in JSON and XML, in the order in which XML has them.

Sources: Xero's OpenAPI file for names in JSON, Xero's developer pages for names in XML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """One member of an object.

    Attributes
    ----------
    name : str
        Its name in JSON.
    tag : str
        Its element in XML.
    type : type
        ``str``, ``int``, ``float`` or ``bool``; what XML text is read as.
    shape : str, optional
        Name of the shape of a nested object, or of each item of a list.
    item : str, optional
        Element of one item, when the member is a list.
    attributed : bool
        The list's items stand without a wrapper, their uuid in an attribute.
    """

    name: str
    tag: str
    type: type = str
    shape: str | None = None
    item: str | None = None
    attributed: bool = False


#: Names in JSON whose element is not just the name in PascalCase.
_IRREGULAR = {
    "uuid": "UUID",
    "accountManagerUuid": "AccountManagerUUID",
    "jobManagerUuid": "JobManagerUUID",
    "billingClientUuid": "BillingClientUUID",
    "clientUuid": "ClientUUID",
    "relatedClientUuid": "RelatedClientUUID",
    "gstRegistered": "GSTRegistered",
    "prepareGst": "PrepareGST",
    "gstPeriod": "GSTPeriod",
    "gstBasis": "GSTBasis",
    "webUrl": "WebURL",
    "linkUrl": "LinkURL",
    "url": "URL",
    "opt-out": "OptOut",
}


def _tag(name: str) -> str:
    return _IRREGULAR.get(name, name[0].upper() + name[1:])


def words(text: str) -> tuple[str, ...]:
    """Return the names that a text lists."""
    return tuple(text.split())


def _texts(names: str) -> list[Member]:
    return [Member(name, _tag(name)) for name in words(names)]


def _of(name: str, type: type) -> Member:
    return Member(name, _tag(name), type)


def _one(name: str, shape: str) -> Member:
    return Member(name, _tag(name), shape=shape)


def _many(name: str, shape: str, item: str) -> Member:
    return Member(name, _tag(name), shape=shape, item=item)


_NAMES = "name title gender firstName middleName lastName otherName"
_LIFE = "dateOfBirth dateOfDeath placeOfBirthCity placeOfBirthCountryCode"
_PLACES = (
    "address city region postCode country postalAddress postalCity postalRegion postalPostCode postalCountry"
)

_CLIENT_READ = [
    *_texts(f"uuid {_NAMES} email {_LIFE} {_PLACES} phone fax website referralSource exportCode industry"),
    *_texts("isProspect isArchived isDeleted"),
    _one("accountManager", "named"),
    _one("jobManager", "named"),
    _one("type", "clientType"),
    _one("billingClient", "named"),
    *_texts("taxNumber companyNumber businessNumber businessStructure"),
    _of("balanceMonth", int),
    *_texts("prepareGst gstRegistered gstPeriod gstBasis provisionalTaxBasis"),
    _of("provisionalTaxRatio", float),
    *_texts("signedTaxAuthority taxAgent agencyStatus returnType prepareActivityStatement prepareTaxReturn"),
    *_texts("branchNumber bankBsb bankAccountName bankAccountNumber bankName activeAtoClient clientCode"),
    _one("autoBasOptInCriteria", "basCriteria"),
    *_texts("webUrl"),
    _many("contacts", "contact", "Contact"),
    _many("notes", "note", "Note"),
    _many("groups", "named", "Group"),
    _many("relationships", "relationship", "Relationship"),
]

_CLIENT_WRITE = [
    *_texts(f"uuid {_NAMES} email {_LIFE} {_PLACES} phone fax webSite referralSource exportCode isProspect"),
    *_texts("billingClientUuid accountManagerUuid jobManagerUuid"),
    *_texts("taxNumber companyNumber businessNumber branchNumber businessStructure balanceMonth"),
    *_texts("gstRegistered prepareGst"),
    _of("gstPeriod", int),
    *_texts("gstBasis provisionalTaxBasis"),
    _of("provisionalTaxRatio", float),
    *_texts("signedTaxAuthority taxAgent agencyStatus prepareActivityStatement prepareTaxReturn"),
    _one("autoBasOptInCriteria", "basCriteria"),
    *_texts("returnType activeAtoClient clientCode"),
    _many("contacts", "contactInsert", "Contact"),
]

_SHARES = [_of("numberOfShares", int), _of("percentage", float), *_texts("startDate endDate")]

_CUSTOM_VALUE = [
    *_texts("uuid name text date"),
    _of("number", float),
    _of("decimal", float),
    _of("boolean", bool),
]

_USES = "useClient useContact useJob useLead useSupplier useJobTask useJobCost useJobTime"

SHAPES: Mapping[str, tuple[Member, ...]] = {
    name: tuple(members)
    for name, members in {
        "named": _texts("uuid name"),
        "clientType": [
            *_texts("name"),
            _of("costMarkup", float),
            *_texts("paymentTerm"),
            _of("paymentDay", int),
        ],
        "basCriteria": _texts("annually monthly quarterly opt-out"),
        "client": _CLIENT_READ,
        "clientWrite": _CLIENT_WRITE,
        "contact": _texts("uuid name salutation addressee mobile email phone isDeleted isPrimary position"),
        "contactInsert": _texts("name phone mobile email salutation addressee position isPrimary"),
        "contactWrite": [
            *_texts("name mobile email phone salutation addressee position isPrimary"),
            _one("client", "uuidOnly"),
        ],
        "contactLinks": [*_texts("uuid"), _many("contacts", "contactLink", "Contact")],
        "contactLink": _texts("uuid position isPrimary"),
        "uuidOnly": _texts("uuid"),
        "note": _texts("title text folder date createdBy tags"),
        "relationship": [*_texts("uuid type"), _one("relatedClient", "named"), *_SHARES],
        "relationshipDetail": [
            *_texts("uuid"),
            _one("client", "named"),
            _one("relatedClient", "named"),
            _one("relationshipType", "nameOnly"),
            *_SHARES,
        ],
        "nameOnly": _texts("name"),
        "relationshipAdd": [*_texts("clientUuid relatedClientUuid type"), *_SHARES],
        "relationshipUpdate": [*_texts("uuid"), *_SHARES],
        "group": [*_texts("uuid name taxable webUrl"), _many("clients", "named", "Client")],
        "groupAdd": _texts("name clientUuid taxable"),
        "groupMembers": [
            *_texts("uuid"),
            Member("add", "add", shape="uuidOnly", attributed=True),
            Member("remove", "remove", shape="uuidOnly", attributed=True),
        ],
        "customValue": _CUSTOM_VALUE,
        "customValues": [Member("customFields", "CustomFields", shape="customValue", item="CustomField")],
        "customDefinition": [
            *_texts("uuid name type linkUrl options"),
            *(_of(name, bool) for name in words(_USES)),
            *_texts("valueElement"),
        ],
        "staff": _texts("uuid name email phone mobile address payrollCode webUrl"),
        "document": _texts("title text folder date createdBy fileName url"),
        "documentAdd": _texts("clientUuid title text folder fileName content"),
        "pagination": [_one("links", "links")],
        "links": _texts("first next"),
        "response": [
            *_texts("status errorDescription uuid"),
            _many("clients", "client", "Client"),
            _one("client", "client"),
            _many("contacts", "contact", "Contact"),
            _one("contact", "contact"),
            _one("clientRelationship", "relationshipDetail"),
            _many("groups", "group", "Group"),
            _one("group", "group"),
            _many("documents", "document", "Document"),
            _many("customFields", "customValue", "CustomField"),
            _many("customFieldDefinitions", "customDefinition", "CustomFieldDefinition"),
            _one("customFieldDefinition", "customDefinition"),
            _many("staffList", "staff", "Staff"),
            _one("staff", "staff"),
            _one("pagination", "pagination"),
        ],
    }.items()
}
