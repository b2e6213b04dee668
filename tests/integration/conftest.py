"""Makes the places of the embedded PostgreSQL, and servers with TLS, known to the tests that ask for them."""

from tests.integration.backup_site import backup_site, backup_sites
from tests.integration.places import created_cluster, make_place, new_place, place
from tests.secured_kafka import secured_kafka
from tests.secured_postgres import secured_postgres

__all__ = [
    "backup_site",
    "backup_sites",
    "created_cluster",
    "make_place",
    "new_place",
    "place",
    "secured_kafka",
    "secured_postgres",
]
