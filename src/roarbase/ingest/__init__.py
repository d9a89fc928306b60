"""Ingest: from a sink's declaration to a record schema, and from JSON bytes to a typed batch.

    declaration ─► RecordSchema ─► SinkDecoder ─► batch + a verdict per record

`declaration` checks what a user declares, `compatibility` holds it against the table, and
`decoder` decodes requests: `envelope` cuts a body into records, `record_shape` each record into
the tokens of its fields, and `converters/` turn the tokens of one field into a column.
"""

__all__: list[str] = []
