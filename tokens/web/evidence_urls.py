"""Addresses of what auditors ask for."""

from django.urls import path

from tokens.web import evidence, evidence_history, evidence_report

urlpatterns = [
    path("evidence/", evidence.evidence, name="evidence"),
    path("evidence/history/", evidence_history.compliance_history, name="evidence-history"),
    path("evidence/history.csv", evidence_history.history_csv, name="evidence-history-csv"),
    path("evidence/report/", evidence_report.report_page, name="evidence-report"),
    path("evidence/report.pdf", evidence_report.report_pdf, name="evidence-report-pdf"),
    path("evidence/report.json", evidence_report.report_json, name="evidence-report-json"),
]
