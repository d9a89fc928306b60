"""A table as dictionaries, answering plans record by record: the model that engines are checked against.

Nothing here is clever or fast. Plans with errors are not its matter: it is asked only what has an answer.
"""

from roarbase.testing.reference.table import ReferenceTable

__all__ = ["ReferenceTable"]
