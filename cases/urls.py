from django.urls import path

from cases.views import (
    calendar,
    case,
    case_letters,
    costs,
    dossier,
    evidence,
    message,
    newer,
    reminder,
    share,
    start,
)

app_name = "cases"

urlpatterns = [
    path("start/", start.start, name="start"),
    path("start/<slug:goal>/", start.start_answer, name="start-answer"),
    path("guide/costs/", costs.calculator, name="costs"),
    path("cases/", case.case_list, name="list"),
    path("cases/new/", case.new, name="new"),
    path("cases/<slug:reference>/", case.detail, name="detail"),
    path("cases/<slug:reference>/before-sending/", costs.before_sending, name="before-sending"),
    path("cases/<slug:reference>/requested/", case.mark_requested, name="mark-requested"),
    path("cases/<slug:reference>/confirmed/", case.mark_confirmed, name="mark-confirmed"),
    path("cases/<slug:reference>/ended/", case.mark_ended, name="mark-ended"),
    path("cases/<slug:reference>/close/", case.close, name="close"),
    path("cases/<slug:reference>/drop/", case.drop, name="drop"),
    path("cases/<slug:reference>/reopen/", case.reopen, name="reopen"),
    path("cases/<slug:reference>/undo/", case.undo, name="undo"),
    path("cases/<slug:reference>/switch/", newer.switch, name="switch-procedure"),
    path("cases/<slug:reference>/stay/", newer.stay, name="stay"),
    path("cases/<slug:reference>/steps/<slug:key>/", case.tick, name="tick"),
    path("cases/<slug:reference>/notes/", case.note, name="note"),
    path("cases/<slug:reference>/customer-number/", case.customer_number, name="customer-number"),
    path(
        "cases/<slug:reference>/receipt-elsewhere/",
        case.keep_receipt_elsewhere,
        name="receipt-elsewhere",
    ),
    path("cases/<slug:reference>/credit/", case.settle_credit, name="settle-credit"),
    path("cases/<slug:reference>/final-bill/", case.final_bill, name="final-bill"),
    path("cases/<slug:reference>/complaint/", case.complaint, name="complaint"),
    path("cases/<slug:reference>/certificate/", case.certificate, name="certificate"),
    path("cases/<slug:reference>/certificate.pdf", dossier.certificate, name="certificate-paper"),
    path("cases/<slug:reference>/dossier.pdf", dossier.paper, name="dossier-paper"),
    path("cases/<slug:reference>/dossier.zip", dossier.package, name="dossier"),
    path("cases/<slug:reference>/share/", share.links, name="share"),
    path("cases/<slug:reference>/share/<uuid:pk>/take-back/", share.take_back, name="unshare"),
    path("cases/<slug:reference>/calendar.ics", calendar.download, name="calendar"),
    path("cases/<slug:reference>/evidence/", evidence.vault_page, name="evidence"),
    path("cases/<slug:reference>/evidence/<uuid:pk>/", evidence.download, name="evidence-file"),
    path(
        "cases/<slug:reference>/evidence/<uuid:pk>/preview/",
        evidence.preview,
        name="evidence-preview",
    ),
    path("cases/<slug:reference>/evidence/<uuid:pk>/move/", evidence.move, name="evidence-move"),
    path(
        "cases/<slug:reference>/evidence/<uuid:pk>/remove/",
        evidence.throw_away,
        name="evidence-remove",
    ),
    path(
        "cases/<slug:reference>/evidence/<uuid:pk>/restore/",
        evidence.take_back,
        name="evidence-restore",
    ),
    path("cases/<slug:reference>/letters/", case_letters.letter_list, name="letters"),
    path("cases/<slug:reference>/letters/new/<slug:kind>/", case_letters.new, name="new-letter"),
    path("cases/<slug:reference>/letters/talk/", case_letters.write_down, name="talk"),
    path("cases/<slug:reference>/letters/<uuid:pk>/", case_letters.letter, name="letter"),
    path(
        "cases/<slug:reference>/letters/<uuid:pk>/letter.pdf",
        case_letters.paper,
        name="letter-paper",
    ),
    path(
        "cases/<slug:reference>/letters/<uuid:pk>/sent/", case_letters.mark_sent, name="letter-sent"
    ),
    path(
        "cases/<slug:reference>/letters/<uuid:pk>/files/", case_letters.add_file, name="letter-file"
    ),
    path(
        "cases/<slug:reference>/letters/<uuid:pk>/throw-away/",
        case_letters.throw_away,
        name="throw-letter-away",
    ),
    path("cases/<slug:reference>/messages/<uuid:pk>/", message.settle, name="message"),
    path("cases/<slug:reference>/mail-address/", message.renew_address, name="mail-address"),
    path("cases/<slug:reference>/reminders/", reminder.own_date, name="own-date"),
    path("cases/<slug:reference>/reminders/stop/", reminder.stop, name="stop-reminders"),
    path("cases/<slug:reference>/reminders/resume/", reminder.resume, name="resume-reminders"),
    path("cases/<slug:reference>/reminders/<int:pk>/", reminder.switch, name="reminder-switch"),
]
