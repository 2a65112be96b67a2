from django.urls import path

from cases.views import calendar, erasure, export, preferences

app_name = "preferences"

urlpatterns = [
    path("", preferences.edit, name="edit"),
    path("reminders/stop/", preferences.stop_reminders, name="stop-reminders"),
    path("reminders/resume/", preferences.resume_reminders, name="resume-reminders"),
    path("address/try-again/", preferences.try_address_again, name="try-address-again"),
    path("calendar/renew/", calendar.renew, name="renew-calendar"),
    path("everything.zip", export.everything, name="export"),
    path("delete/", erasure.delete_account, name="delete"),
    path("deleted/", erasure.deleted, name="deleted"),
]
