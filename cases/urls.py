from django.urls import path

from cases.views import calendar, case, evidence, reminder, start

app_name = "cases"

urlpatterns = [
    path("start/", start.start, name="start"),
    path("start/<slug:goal>/", start.start_answer, name="start-answer"),
    path("cases/", case.case_list, name="list"),
    path("cases/new/", case.new, name="new"),
    path("cases/<str:reference>/", case.detail, name="detail"),
    path("cases/<str:reference>/requested/", case.mark_requested, name="mark-requested"),
    path("cases/<str:reference>/confirmed/", case.mark_confirmed, name="mark-confirmed"),
    path("cases/<str:reference>/ended/", case.mark_ended, name="mark-ended"),
    path("cases/<str:reference>/close/", case.close, name="close"),
    path("cases/<str:reference>/drop/", case.drop, name="drop"),
    path("cases/<str:reference>/reopen/", case.reopen, name="reopen"),
    path("cases/<str:reference>/undo/", case.undo, name="undo"),
    path("cases/<str:reference>/steps/<slug:key>/", case.tick, name="tick"),
    path("cases/<str:reference>/notes/", case.note, name="note"),
    path("cases/<str:reference>/customer-number/", case.customer_number, name="customer-number"),
    path(
        "cases/<str:reference>/receipt-elsewhere/",
        case.keep_receipt_elsewhere,
        name="receipt-elsewhere",
    ),
    path("cases/<str:reference>/credit/", case.settle_credit, name="settle-credit"),
    path("cases/<str:reference>/final-bill/", case.final_bill, name="final-bill"),
    path("cases/<str:reference>/complaint/", case.complaint, name="complaint"),
    path("cases/<str:reference>/certificate/", case.certificate, name="certificate"),
    path("cases/<str:reference>/calendar.ics", calendar.download, name="calendar"),
    path("cases/<str:reference>/evidence/", case.add_evidence, name="evidence"),
    path("cases/<str:reference>/evidence/<uuid:pk>/", evidence.download, name="evidence-file"),
    path("cases/<str:reference>/reminders/", reminder.own_date, name="own-date"),
    path("cases/<str:reference>/reminders/stop/", reminder.stop, name="stop-reminders"),
    path("cases/<str:reference>/reminders/resume/", reminder.resume, name="resume-reminders"),
    path("cases/<str:reference>/reminders/<int:pk>/", reminder.switch, name="reminder-switch"),
]
