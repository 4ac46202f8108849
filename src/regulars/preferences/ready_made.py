"""The messages that bring a link somebody asked for, by the page it leads to and by language."""

from regulars.templates import Template

LINK_TEMPLATES = {
    "en": (
        "preference-link",
        Template(
            title="Link to the preferences",
            purpose="transactional",
            subject="Your link to your preferences",
            preheader="It shows your data for an hour.",
            text="""\
Hello,

here is the link to your preferences that was asked for:

{{ preferences_url }}

For an hour it also shows your data. If you did not ask for it, do nothing, and do not pass it on.
""",
        ),
    ),
    "de": (
        "preference-link-de",
        Template(
            title="Link zu den Einstellungen",
            purpose="transactional",
            subject="Ihr Link zu Ihren Einstellungen",
            preheader="Er zeigt eine Stunde lang Ihre Daten.",
            text="""\
Guten Tag,

hier ist der angeforderte Link zu Ihren Einstellungen:

{{ preferences_url }}

Eine Stunde lang zeigt er auch Ihre Daten. Haben Sie ihn nicht angefordert, tun Sie nichts, und geben Sie ihn
nicht weiter.
""",
        ),
    ),
}
MEMBER_LINK_TEMPLATES = {
    "en": (
        "member-link",
        Template(
            title="Link to the member page",
            purpose="transactional",
            subject="Your link to your points",
            preheader="It opens your page on one device.",
            text="""\
Hello,

here is the link to your own page that was asked for:

{{ member_url }}

Open it within an hour, on the device you want to see your points on. It works for one device. If you did not
ask for it, do nothing, and do not pass it on.
""",
        ),
    ),
    "de": (
        "member-link-de",
        Template(
            title="Link zur Mitgliederseite",
            purpose="transactional",
            subject="Ihr Link zu Ihren Punkten",
            preheader="Er öffnet Ihre Seite auf einem Gerät.",
            text="""\
Guten Tag,

hier ist der angeforderte Link zu Ihrer eigenen Seite:

{{ member_url }}

Öffnen Sie ihn innerhalb einer Stunde auf dem Gerät, auf dem Sie Ihre Punkte sehen möchten. Er gilt für ein
Gerät. Haben Sie ihn nicht angefordert, tun Sie nichts, und geben Sie ihn nicht weiter.
""",
        ),
    ),
}
