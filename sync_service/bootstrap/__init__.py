"""Puts the service together: the only place that knows which adapter fits which port."""

from sync_service.bootstrap.service import Service
from sync_service.bootstrap.surroundings import EMBEDDED_MAIL, EMBEDDED_TOPICS, ROLES, now, report_writers

__all__ = ["EMBEDDED_MAIL", "EMBEDDED_TOPICS", "ROLES", "Service", "now", "report_writers"]
