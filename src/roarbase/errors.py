"""The error tree: every deliberate error, its stable code and who must act.

    RoarbaseError
    ├── RequestError                  the caller changes the request
    │   ├── BadRequest
    │   │   └── StatementError        a PQL or SQL text; carries line and column
    │   ├── InvalidParameter, MissingParameter, InvalidBody
    │   ├── ResourceLimitExceeded, ResourceThroughputExceeded
    │   ├── RelatedResourceNotFound, ResourceNotFound
    │   ├── ResourceAlreadyExists, IncorrectState
    │   ├── MethodNotAllowed, PayloadTooLarge, Unprocessable
    │   └── RequestTimeout, RateLimit
    ├── AuthenticationError           the caller signs in, or asks an administrator
    │   ├── MissingAuthenticationToken, Unauthorized, UserDeactivated
    │   └── Forbidden
    ├── ServiceError                  the operator acts, or the caller tries again later
    │   └── InternalError, NotImplementedYet, Unavailable
    └── OperatorError                 start-up: the process ends with a sentence
        ├── LogDamaged                a file of the engine is not what was written
        ├── InvalidSetting            a flag, variable or configuration line
        └── AddressInUse              another program holds the port

`planes/http.py` holds the one table that turns codes into HTTP statuses.
"""

from typing import ClassVar

__all__ = [
    "AddressInUse",
    "AuthenticationError",
    "BadRequest",
    "Forbidden",
    "IncorrectState",
    "InternalError",
    "InvalidBody",
    "InvalidParameter",
    "InvalidSetting",
    "LogDamaged",
    "MethodNotAllowed",
    "MissingAuthenticationToken",
    "MissingParameter",
    "NotImplementedYet",
    "OperatorError",
    "PayloadTooLarge",
    "RateLimit",
    "RelatedResourceNotFound",
    "RequestError",
    "RequestTimeout",
    "ResourceAlreadyExists",
    "ResourceLimitExceeded",
    "ResourceNotFound",
    "ResourceThroughputExceeded",
    "RoarbaseError",
    "ServiceError",
    "StatementError",
    "Unauthorized",
    "Unavailable",
    "Unprocessable",
    "UserDeactivated",
]


class RoarbaseError(Exception):
    """A deliberate error: a stable `code` and one sentence for the person who must act.

    Keyword arguments become attributes: the offending values, for callers that
    want more than the sentence.
    """

    code: ClassVar[str] = "InternalError"

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def __getattr__(self, name: str) -> object:
        values = self.__dict__.get("values", {})
        if name in values:
            return values[name]
        raise AttributeError(name)


class RequestError(RoarbaseError):
    """The request cannot be served as it stands."""

    code = "BadRequest"


class BadRequest(RequestError):
    """The request is understood and makes no sense."""

    code = "BadRequest"


class StatementError(BadRequest):
    """A PQL or SQL statement is wrong at a place: `line` and `column`, both from 1."""

    def __init__(self, message: str, *, line: int = 1, column: int = 1, **values: object) -> None:
        super().__init__(message, **values)
        self.line = line
        self.column = column


class InvalidParameter(RequestError):
    """A parameter has a value that is not allowed."""

    code = "InvalidParameter"


class MissingParameter(RequestError):
    """A required parameter is absent."""

    code = "MissingParameter"


class InvalidBody(RequestError):
    """The body is not the JSON that the endpoint reads."""

    code = "InvalidBody"


class ResourceLimitExceeded(RequestError):
    """A quota of the organization or deployment is used up."""

    code = "ResourceLimitExceeded"


class ResourceThroughputExceeded(RequestError):
    """Records or bytes come faster than the sink's rate; `retry_after_s` says when to go on."""

    code = "ResourceThroughputExceeded"


class RelatedResourceNotFound(RequestError):
    """The body names a resource that does not exist."""

    code = "RelatedResourceNotFound"


class ResourceNotFound(RequestError):
    """The path names a resource that does not exist, or that the caller may not see."""

    code = "ResourceNotFound"


class ResourceAlreadyExists(RequestError):
    """The name is taken."""

    code = "ResourceAlreadyExists"


class IncorrectState(RequestError):
    """The resource is not ready for this: creating, deleting, or in use by others."""

    code = "IncorrectState"


class MethodNotAllowed(RequestError):
    """The path exists and does not take this method; `allow` lists those it takes."""

    code = "MethodNotAllowed"


class PayloadTooLarge(RequestError):
    """The body, the record count or the answer is over its limit."""

    code = "PayloadTooLarge"


class Unprocessable(RequestError):
    """The request is well-formed and contradicts itself."""

    code = "Unprocessable"


class RequestTimeout(RequestError):
    """The client did not finish sending, or the query did not finish, in its time."""

    code = "RequestTimeout"


class RateLimit(RequestError):
    """Too many attempts; `retry_after_s` says when the next one is heard."""

    code = "RateLimit"


class AuthenticationError(RoarbaseError):
    """The caller is not known, or may not do this."""

    code = "Unauthorized"


class MissingAuthenticationToken(AuthenticationError):
    """No token came with the request."""

    code = "MissingAuthenticationToken"


class Unauthorized(AuthenticationError):
    """The token or the password is not valid."""

    code = "Unauthorized"


class UserDeactivated(AuthenticationError):
    """The account exists and has been deactivated by an administrator."""

    code = "UserDeactivated"


class Forbidden(AuthenticationError):
    """The caller's role lacks the privilege."""

    code = "Forbidden"


class ServiceError(RoarbaseError):
    """The service could not do its part."""

    code = "InternalError"


class InternalError(ServiceError):
    """A bug: logged whole, told as two words."""

    code = "InternalError"


class NotImplementedYet(ServiceError):
    """The interface is documented and not built."""

    code = "NotImplemented"


class Unavailable(ServiceError):
    """The service cannot do this just now (disk full, stopping): nothing was changed."""

    code = "Unavailable"


class OperatorError(RoarbaseError):
    """The service cannot start or go on as it is set up."""


class LogDamaged(OperatorError):
    """A log file differs from what was written; `path` and `offset` name the place."""


class InvalidSetting(OperatorError):
    """A setting has a value that cannot be used."""


class AddressInUse(OperatorError):
    """Another program listens on the port."""
