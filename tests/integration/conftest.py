"""Makes the places of the embedded PostgreSQL's tests known to them."""

from tests.integration.places import created_cluster, make_place, new_place, place

__all__ = ["created_cluster", "make_place", "new_place", "place"]
