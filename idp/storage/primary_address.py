"""Which of a person's addresses is the one in use, and that address beside an account.

The kind stands in the statement and is no parameter: SQLite plans a statement anew each time a value is bound that is
compared with a partial index's column (`uq_addresses_primary`), seven times the cost of reading the row.
"""

from sqlalchemy import and_, literal_column, select

from idp.storage.tables import accounts, addresses

IS_PRIMARY = and_(addresses.c.kind == literal_column("'primary'"), addresses.c.until.is_(None))

#: The primary address of the person behind the statement's account.
PRIMARY_ADDRESS = (
    select(addresses.c.address)
    .where(addresses.c.person_id == accounts.c.person_id, IS_PRIMARY)
    .order_by(addresses.c.domain)
    .limit(literal_column("1"))
    .scalar_subquery()
)
