from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/reminders/stop/", views.stop_reminders, name="stop-reminders"),
    path("preferences/reminders/resume/", views.resume_reminders, name="resume-reminders"),
]
