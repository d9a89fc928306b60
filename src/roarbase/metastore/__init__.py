"""Organizations, users, refresh tokens, deployments, tables and sinks at rest: SQLite or PostgreSQL.

`store` opens it, one module per noun holds its repository, `schema` the tables of the database,
`connections` the pool, `known` what was read a moment ago, and `migrate`, which alone loads Alembic, brings an older
schema up to date.
"""

__all__: list[str] = []
