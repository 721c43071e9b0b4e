"""The real mail servers that tests of `mail` speak to."""

from tests.fixtures.dovecot import dovecot, plain_dovecot

__all__ = ["dovecot", "plain_dovecot"]
