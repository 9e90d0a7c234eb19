"""Addresses of what auditors ask for."""

from django.urls import path

from tokens.web import (
    evidence,
    evidence_history,
    evidence_report,
    review_acts,
    review_new,
    reviews,
)

_REVIEW = "evidence/reviews/<uuid:review_id>/"

urlpatterns = [
    path("evidence/", evidence.evidence, name="evidence"),
    path("evidence/history/", evidence_history.compliance_history, name="evidence-history"),
    path("evidence/history.csv", evidence_history.history_csv, name="evidence-history-csv"),
    path("evidence/report/", evidence_report.report_page, name="evidence-report"),
    path("evidence/report.pdf", evidence_report.report_pdf, name="evidence-report-pdf"),
    path("evidence/report.json", evidence_report.report_json, name="evidence-report-json"),
    path("evidence/reviews/", reviews.reviews, name="reviews"),
    path("evidence/reviews/new/", review_new.new, name="review-new"),
    path(_REVIEW, reviews.review, name="review"),
    path(f"{_REVIEW}take-over/<uuid:account_id>/", review_acts.take, name="review-take-over"),
    path(f"{_REVIEW}close/", review_acts.close, name="review-close"),
    path(f"{_REVIEW}result.json", review_acts.export, {"name": "json"}, name="review-json"),
    path(f"{_REVIEW}result.csv", review_acts.export, {"name": "csv"}, name="review-csv"),
]
