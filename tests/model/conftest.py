"""Makes the subjects of the contract's examples known to the tests beside it."""

from tests.model.subjects import counting_subject, subject

__all__ = ["counting_subject", "subject"]
