"""Names that may not be declared (5.5)."""

from __future__ import annotations

import re

_MOMENTS_AND_REQUESTS = frozenset(
    """
    now timestamp timestampms currenttime currentdatetime createdat updatedat modifiedat
    deletedat requestedat receivedat submittedat sentat issuedat occurredat loggedat requesttime
    requesttimestamp uuid guid nonce requestid xrequestid requestuuid correlationid traceid
    traceparent spanid attemptid invocationid toolcallid idempotencykey enforcementdecisionid
    """.split()
)


def may_not_be_declared(name: str) -> bool:
    """Whether a declared name means a moment or a request."""
    return re.sub(r"[^0-9A-Za-z]", "", name).lower() in _MOMENTS_AND_REQUESTS
