"""Who may what: every scope of the three services, with the roles that have it; docs/access.md shows this table.

Tokens, API keys and identity providers name roles; an operation names the one scope that it needs. An admin has every
scope. A scope that no role has, and a route without a scope, do not pass the tests.
"""

ROLES = {
    "viewer": "Sees figures, journeys and what was decided; nothing that identifies a person.",
    "sales": "Works with leads, contacts, companies and tasks.",
    "marketer": "Makes journeys, templates and scoring; reports ads, connects systems, proposes budgets.",
    "approver": "Sees what a viewer sees, and decides about what others have proposed.",
    "service": "For programs: submits leads, companies and figures, asks who may be written to.",
    "admin": "Everything, also API keys and what was set aside.",
}

_SEEN_BY_ALL = "viewer sales marketer approver"

_TABLE = {
    "leads:write": "sales marketer service",
    "contacts:read": "sales marketer",
    "contacts:write": "sales",
    "recipients:read": "service",
    "companies:read": f"{_SEEN_BY_ALL} service",
    "companies:write": "sales marketer service",
    "imports:read": "sales marketer service",
    "imports:write": "sales marketer service",
    "journeys:read": _SEEN_BY_ALL,
    "journeys:write": "marketer",
    "decisions:read": _SEEN_BY_ALL,
    "actions:read": _SEEN_BY_ALL,
    "actions:resolve": "marketer",
    "tasks:read": _SEEN_BY_ALL,
    "tasks:write": "sales marketer",
    "tasks:supervise": "marketer",
    "templates:read": _SEEN_BY_ALL,
    "templates:write": "marketer",
    "webhooks:read": "marketer",
    "webhooks:write": "marketer",
    "connectors:read": "marketer",
    "connectors:write": "marketer",
    "ad-metrics:read": f"{_SEEN_BY_ALL} service",
    "ad-metrics:write": "marketer service",
    "approvals:read": _SEEN_BY_ALL,
    "approvals:write": "marketer",
    "approvals:decide": "approver",
    "budgets:read": _SEEN_BY_ALL,
    "scores:read": _SEEN_BY_ALL,
    "scoring:read": _SEEN_BY_ALL,
    "scoring:write": "marketer",
    "industries:read": _SEEN_BY_ALL,
    "channels:read": _SEEN_BY_ALL,
    "anomalies:read": _SEEN_BY_ALL,
    "api-keys:read": "",
    "api-keys:write": "",
    "dead-letters:read": "",
    "dead-letters:open": "",
    "dead-letters:replay": "",
}

ROLES_OF = {scope: frozenset([*named.split(), "admin"]) for scope, named in _TABLE.items()}
"""The roles that have a scope."""

SCOPES_OF = {role: frozenset(scope for scope, roles in ROLES_OF.items() if role in roles) for role in ROLES}
"""The scopes that a role has."""
