"""SAML consents and certificate warnings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('saml_consents',
    sa.Column('application_id', sa.String(length=32), nullable=False),
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('facts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('given_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_saml_consents_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_saml_consents_application_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('application_id', 'account_id', name=op.f('pk_saml_consents'))
    )
    op.create_table('saml_certificate_warnings',
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('told_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('fingerprint', 'days', name=op.f('pk_saml_certificate_warnings'))
    )


def downgrade() -> None:
    op.drop_table('saml_certificate_warnings')
    op.drop_table('saml_consents')
