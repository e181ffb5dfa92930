"""What this version enforces, as `firstclass features` prints it and as a bundle's `requires` names it."""

from __future__ import annotations

from firstclass.base.modes import RULE_CLASSES
from firstclass.compiler.classification import LATER, STRATEGIES
from firstclass.compiler.keywords import ENFORCED_TIERS, KEYWORDS, TIERS
from firstclass.compiler.schema_keywords import FORMATS, OPENAPI_30, OPENAPI_31
from firstclass.model.issuer_presets import PRESETS

FEATURES: dict[str, list[str]] = {
    "contracts": [
        *("OpenAPI 3.0", "OpenAPI 3.1", "OpenAPI 3.2", "Swagger 2.0", "OpenAPI Overlay 1.0", "OpenAPI Overlay 1.1"),
        *("JSON", "YAML 1.2"),
    ],
    "keywords": sorted(name for name, keyword in KEYWORDS.items() if not keyword.later),
    "keywords_not_enforceable_yet": sorted(name for name, keyword in KEYWORDS.items() if keyword.later),
    "credential_tiers": list(ENFORCED_TIERS),
    "credential_tiers_not_enforceable_yet": [tier for tier in TIERS if tier not in ENFORCED_TIERS],
    "security_schemes": ["apiKey", "http bearer", "oauth2", "openIdConnect", "any but mutualTLS with pass: unchecked"],
    "subjects": ["claims of signed tokens", "introspection (RFC 7662)", "login"],
    "issuer_presets": sorted(PRESETS),
    "masking": list(STRATEGIES),
    "masking_not_enforceable_yet": list(LATER),
    "rule_classes": list(RULE_CLASSES),
    "rates": ["by application", "by subject", "by address"],
    "bodies": [
        "application/json",
        "*+json",
        "application/merge-patch+json",
        "application/json-patch+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "opaque",
    ],
    "schema_keywords_3.0": sorted(OPENAPI_30.known),
    "schema_keywords_3.1": sorted(OPENAPI_31.known),
    "formats": sorted(FORMATS),
    "protocols": ["HTTP/1.1"],
}
