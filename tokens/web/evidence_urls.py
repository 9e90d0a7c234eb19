"""Addresses of what auditors ask for."""

from django.urls import path

from tokens.web import evidence, evidence_history

urlpatterns = [
    path("evidence/", evidence.evidence, name="evidence"),
    path("evidence/history/", evidence_history.compliance_history, name="evidence-history"),
    path("evidence/history.csv", evidence_history.history_csv, name="evidence-history-csv"),
]
