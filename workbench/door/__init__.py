"""The door: who comes in to a firm's dashboard, and nothing but the dashboard behind it."""

import sys

# An extra of jsonschema, which Jupyter loads. At every start it would reckon for two seconds to check
# internationalised addresses, of which nothing here has any; jsonschema goes without extras that are absent.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
